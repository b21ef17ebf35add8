import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { isCode } from "../../../test/fixtures/is-code.ts";
import { aDevice, noon } from "../../../test/fixtures/record-rows.ts";
import type { BacktestRequest } from "../../model/backtest.ts";
import { type EpochMs, MINUTE } from "../../model/basics.ts";
import { defaultStepSettings } from "../../model/control.ts";
import type { Reading } from "../../model/reading.ts";
import { backtestRule } from "./backtest-rule.ts";

const HOUR_OF_SECONDS = 3_600;

/** Quiet at 60 °C, but for two hills of ten minutes with their tops at 78 and 88 °C. */
function temperatureAt(second: number): number {
  const hill = (begin: number, height: number): number => {
    const x = (second - begin) / 600;
    return x <= 0 || x >= 1 ? 0 : height * 4 * x * (1 - x);
  };
  return 60 + hill(600, 18) + hill(2_000, 28) + 0.2 * Math.sin(second);
}

function readingAt(second: number, deviceId = "PUMP_01"): Reading {
  const at = noon + second * 1_000;
  return {
    deviceId,
    measuredAt: at,
    receivedAt: at + 400_000,
    values: new Map([["temperature", temperatureAt(second)]]),
    qualities: null,
    faults: null,
    sources: null,
    seq: second,
    status: null,
    configVersion: 77,
  };
}

interface Past {
  readonly text?: string;
  readonly readings?: readonly Reading[];
}

async function aPlant({ text = "temperature > 85", readings }: Past = {}) {
  const records = new InMemoryRecords();
  const past =
    readings ?? Array.from({ length: HOUR_OF_SECONDS }, (_, second) => readingAt(second));
  await records.transaction(async (tx) => {
    await tx.insert("device_registry", aDevice("PUMP_01", { metrics: {} }));
    await tx.insert("device_registry", aDevice("FAN_01", { deviceType: "fan", metrics: {} }));
    await tx.insert("rule", {
      ruleId: "hot",
      version: 1,
      name: "hot",
      text,
      condition: "over_temp",
      severity: "P2",
      scope: { deviceId: null, deviceType: "pump", lineId: null },
      modes: ["RUNNING"],
      blankAtStart: true,
      latching: false,
      enabled: true,
      configVersion: 1,
      createdAt: noon,
      createdBy: "anna",
      current: true,
    });
  });
  const telemetry = {
    readings: async (query: {
      readonly deviceId: string;
      readonly from: EpochMs;
      readonly to: EpochMs;
      readonly limit: number;
      readonly order: "asc" | "desc";
    }) => {
      const inside = past.filter(
        ({ deviceId, measuredAt }) =>
          deviceId === query.deviceId && measuredAt >= query.from && measuredAt < query.to,
      );
      return (query.order === "asc" ? inside : inside.toReversed()).slice(0, query.limit);
    },
  };
  const backtest = (part: Partial<BacktestRequest> = {}, readingsMax = 1_000_000) =>
    backtestRule(
      {
        ruleId: "hot",
        change: null,
        deviceIds: null,
        from: noon,
        to: noon + HOUR_OF_SECONDS * 1_000,
        ...part,
      },
      { records, telemetry, settings: defaultStepSettings, readingsMax },
    );
  return { records, backtest };
}

describe("a back-test", () => {
  it("tells what a stored rule brings that has no version before", async () => {
    const plant = await aPlant();
    const { before, after, gained, lost, kept, devices } = await plant.backtest();
    assert.equal(before, null);
    assert.equal(after.version, 1);
    assert.deepEqual(
      gained.map(({ condition, severity, deviceId }) => [condition, severity, deviceId]),
      [["over_temp", "P2", "PUMP_01"]],
    );
    assert.deepEqual([lost, kept], [[], []]);
    // The rule watches pumps only.
    assert.deepEqual(
      devices.map((device) => [device.deviceId, device.readings]),
      [["PUMP_01", HOUR_OF_SECONDS]],
    );
  });

  it("tells which alarm a lower limit gains, and how much earlier the other comes", async () => {
    const plant = await aPlant();
    const { gained, lost, kept } = await plant.backtest({ change: { text: "temperature > 75" } });
    assert.deepEqual([gained.length, lost.length, kept.length], [1, 0, 1]);
    const first = (limit: number, from: number): EpochMs => {
      for (let second = from; ; second += 1)
        if (temperatureAt(second) > limit) return noon + second * 1_000;
    };
    assert.equal(gained[0]?.openedAt, first(75, 0));
    assert.equal(kept[0]?.delayMs, first(75, 2_000) - first(85, 2_000));
    assert.ok((kept[0]?.delayMs ?? 0) < -MINUTE);
  });

  it("tells which alarm a switched off rule loses", async () => {
    const plant = await aPlant();
    const { gained, lost, kept } = await plant.backtest({ change: { enabled: false } });
    assert.deepEqual([gained.length, lost.length, kept.length], [0, 1, 0]);
  });

  it("tries a rule that nobody has stored, and refuses a wrong text with its column", async () => {
    const plant = await aPlant();
    const fresh = await plant.backtest({ ruleId: "new", change: { text: "temperature > 80" } });
    assert.equal(fresh.before, null);
    assert.deepEqual([fresh.gained.length, fresh.lost.length], [1, 0]);
    await assert.rejects(plant.backtest({ change: { text: "temperature >" } }), (failure) =>
      isCode(failure, "RULE_SYNTAX"),
    );
    await assert.rejects(plant.backtest({ ruleId: "none" }), (failure) =>
      isCode(failure, "NOT_FOUND"),
    );
  });

  it("has its baselines learned before it begins", async () => {
    const text = "temperature > 1.3 * baseline(temperature)";
    const plant = await aPlant({ text });
    const { gained } = await plant.backtest({ from: noon + 1_900_000 });
    assert.equal(gained.length, 1);
  });

  it("judges by the mode of then: a machine that stood tells nothing", async () => {
    const plant = await aPlant();
    const change = (at: EpochMs, mode: string) => ({
      historyId: `h${at}`,
      subject: "device" as const,
      subjectId: "PUMP_01",
      at,
      actor: "anna",
      action: `mode:${mode}`,
      reason: null,
      detail: {},
    });
    await plant.records.transaction(async (tx) => {
      await tx.insert("history", change(noon + 1_800_000, "STOPPED"));
      await tx.insert("history", change(noon + 2_900_000, "RUNNING"));
    });
    assert.deepEqual((await plant.backtest()).gained, []);
  });

  it("says when it could not read everything, and which devices it read", async () => {
    const plant = await aPlant();
    const { complete, devices } = await plant.backtest({}, 1_000);
    assert.deepEqual([complete, devices], [false, []]);
  });
});
