import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  aDevice,
  anAlert,
  aSnapshot,
  FAULT_AT,
  healthyPump,
  readingsOf,
  type Scenario,
  telemetryHolding,
} from "../../../test/fixtures/diagnosis.ts";
import { InMemoryRecords } from "../../../test/fixtures/in-memory-records.ts";
import { createNoLanguageModel } from "../../backends/language-model/none/no-language-model.ts";
import { SimulatedClock } from "../../kernel/clock.ts";
import { IaiError } from "../../kernel/errors.ts";
import { createCountingIds } from "../../kernel/ids.ts";
import { silentLog } from "../../kernel/log.ts";
import type { AlertRow } from "../../model/records.ts";
import { claimAlerts } from "./alert-claims.ts";
import {
  createDiagnosticAgent,
  type DiagnosisDone,
  type DiagnosticAgentDeps,
  defaultDiagnosticAgentConfig,
} from "./diagnostic-agent.ts";
import { createKnowledgeBase } from "./knowledge/knowledge-base.ts";

const scenario: Scenario = {
  metrics: { ...healthyPump, vibration: { healthy: 0.27, sd: 0.004, to: 0.48 } },
  limits: { vibration: { hh: 0.5 } },
  severity: "P1",
  conditions: [{ metrics: ["vibration"], margin: 0.91, contributions: { vibration: 0.93 } }],
};

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 300; turn += 1) await Promise.resolve();
};

/** A plant with one pump, its telemetry and an agent that runs until the test stops it. */
async function aPlant(patch: Partial<DiagnosticAgentDeps> = {}) {
  const clock = new SimulatedClock(FAULT_AT + 100_000);
  const records = new InMemoryRecords();
  const knowledge = createKnowledgeBase({ records, clock, ids: createCountingIds("kb") });
  await knowledge.seed();
  await records.transaction((tx) => tx.insert("device_registry", aDevice(scenario)));
  const done: DiagnosisDone[] = [];
  const deps: DiagnosticAgentDeps = {
    records,
    knowledge,
    telemetry: telemetryHolding(readingsOf(scenario)),
    languageModel: createNoLanguageModel(),
    view: async () => null,
    decide: async () => null,
    propose: null,
    clock,
    ids: createCountingIds("h"),
    log: silentLog,
    onChange: (change) => done.push(change),
    onStep: () => undefined,
    onAddendum: () => undefined,
    config: defaultDiagnosticAgentConfig,
    ...patch,
  };
  const agent = createDiagnosticAgent(deps);
  const stop = new AbortController();
  return {
    clock,
    records,
    agent,
    done,
    raise: (row: Partial<AlertRow> = {}) =>
      records.transaction((tx) => tx.insert("alert_log", anAlert({ ...aSnapshot(scenario) }, row))),
    alert: (traceId = "trace-1") =>
      records.rows("alert_log").find((row) => row.traceId === traceId),
    reports: () => records.rows("diagnosis_report"),
    /** Runs the agent until everything that is due now has been dealt with. */
    works: async () => {
      const running = agent.run(stop.signal);
      await settled();
      stop.abort();
      await running;
    },
  };
}

describe("the diagnostic agent", () => {
  it("tells what held when the alarm became as severe as it is, not what holds when it looks", async () => {
    const plant = await aPlant();
    const now = { margin: -0.02, worstMetric: "flow", conditions: [] };
    await plant.raise({ snapshot: { ...aSnapshot(scenario), ...now } });
    await plant.works();
    const report = plant.reports()[0];
    assert.match(report?.diagnosisText.en ?? "", /93 % of the deviation comes from vibration/);
    assert.match(report?.diagnosisText.en ?? "", /91 % of its margin/);
  });

  it("ends an alert in exactly one report, with the status and the reported level", async () => {
    const plant = await aPlant();
    await plant.raise();
    await plant.works();
    assert.equal(plant.alert()?.status, "COMPLETED");
    assert.equal(plant.alert()?.reportedLevel, "P1");
    assert.equal(plant.reports().length, 1);
    assert.equal(plant.reports()[0]?.faultCategory, "imbalance");
    assert.equal(plant.reports()[0]?.revision, 1);
    assert.equal(plant.done.length, 1);
    assert.equal(await plant.agent.pending(), 0);
  });

  it("writes the next revision into the same row when an alert escalates", async () => {
    const first = await aPlant();
    await first.raise();
    await first.works();
    const again = await aPlant({ records: first.records });
    await first.records.transaction((tx) =>
      tx.update("alert_log", { traceId: "trace-1" }, { status: "PENDING", alertLevel: "P0" }),
    );
    await again.works();
    assert.equal(first.reports().length, 1);
    assert.equal(first.reports()[0]?.revision, 2);
    assert.equal(first.reports()[0]?.severity, "CRITICAL");
  });

  it("diagnoses again at once when the alert became worse meanwhile", async () => {
    const levels: string[] = [];
    const plant = await aPlant({
      decide: async (_, alert) => {
        levels.push(alert.alertLevel);
        return null;
      },
      view: async () => {
        if (levels.length === 0) {
          await plant.records.transaction((tx) =>
            tx.update("alert_log", { traceId: "trace-1" }, { alertLevel: "P0" }),
          );
        }
        return null;
      },
    });
    await plant.raise();
    await plant.works();
    assert.equal(plant.reports()[0]?.revision, 2);
    assert.equal(plant.alert()?.reportedLevel, "P0");
    assert.equal(plant.alert()?.status, "COMPLETED");
  });

  it("takes the most urgent first, and of these the oldest", async () => {
    const plant = await aPlant({ config: { ...defaultDiagnosticAgentConfig, concurrency: 1 } });
    await plant.raise({ traceId: "late", openedAt: 3 });
    await plant.raise({ traceId: "mild", alertLevel: "P3", openedAt: 1 });
    await plant.raise({ traceId: "early", openedAt: 2 });
    await plant.raise({ traceId: "urgent", alertLevel: "P0", openedAt: 4 });
    await plant.works();
    const order = plant.done.map(({ report }) => report.traceId);
    assert.deepEqual(order, ["urgent", "early", "late", "mild"]);
  });

  it("diagnoses a hundred alerts at once, each exactly once, never more than four together", async () => {
    let together = 0;
    let most = 0;
    const plant = await aPlant({
      view: async () => {
        together += 1;
        most = Math.max(most, together);
        await Promise.resolve();
        together -= 1;
        return null;
      },
    });
    for (let number = 0; number < 100; number += 1) await plant.raise({ traceId: `t${number}` });
    const stop = new AbortController();
    const running = plant.agent.run(stop.signal);
    while ((await plant.agent.pending()) > 0) await settled();
    stop.abort();
    await running;
    assert.equal(plant.reports().length, 100);
    assert.equal(plant.done.length, 100);
    assert.ok(most <= 4);
  });

  it("takes over an alert whose holder died, after its lease and not before", async () => {
    const plant = await aPlant();
    const now = plant.clock.now();
    await plant.raise({ status: "DIAGNOSING", leaseToken: 1, leaseUntil: now + 60_000 });
    const options = { limit: 4, leaseMs: 60_000 };
    assert.equal((await claimAlerts(plant.records, { now, ...options })).length, 0);
    const later = await claimAlerts(plant.records, { now: now + 60_001, ...options });
    assert.equal(later[0]?.token, 2);
  });

  it("refuses the late loser's report: another worker took over", async () => {
    const plant = await aPlant({
      view: async () => {
        await plant.records.transaction((tx) =>
          tx.update("alert_log", { traceId: "trace-1" }, { leaseToken: 99 }),
        );
        return null;
      },
    });
    await plant.raise();
    await plant.works();
    assert.equal(plant.reports().length, 0);
    assert.equal(plant.alert()?.leaseToken, 99);
    assert.equal(plant.alert()?.status, "DIAGNOSING");
  });

  it("writes nothing for an alert that was ignored meanwhile", async () => {
    const plant = await aPlant({
      view: async () => {
        await plant.records.transaction((tx) =>
          tx.update("alert_log", { traceId: "trace-1" }, { status: "IGNORED" }),
        );
        return null;
      },
    });
    await plant.raise();
    await plant.works();
    assert.equal(plant.reports().length, 0);
    assert.equal(plant.alert()?.status, "IGNORED");
  });

  it("stores report, order and status together or not at all, and tries again", async () => {
    let failures = 1;
    const plant = await aPlant({
      decide: async () => {
        if (failures-- > 0) throw new IaiError("RECORDS_UNREACHABLE", "Cannot write the order");
        return null;
      },
    });
    await plant.raise();
    const stop = new AbortController();
    const running = plant.agent.run(stop.signal);
    await settled();
    assert.equal(plant.reports().length, 0);
    assert.equal(plant.alert()?.status, "PENDING");
    assert.equal(plant.alert()?.attempts, 1);
    assert.notEqual(plant.alert()?.lastError, null);
    await plant.clock.advance(2_000);
    await settled();
    stop.abort();
    await running;
    assert.equal(plant.alert()?.status, "COMPLETED");
    assert.equal(plant.reports()[0]?.revision, 1);
  });

  it("ships a minimal report after three failed attempts", async () => {
    const plant = await aPlant();
    await plant.raise({ attempts: 3, lastError: "Cannot decide: the test said so" });
    await plant.works();
    const report = plant.reports()[0];
    assert.equal(report?.degraded, true);
    assert.equal(report?.faultCategory, "unknown");
    assert.equal(report?.severity, "HIGH");
    assert.equal(plant.alert()?.status, "COMPLETED");
  });

  it("answers within the evidence time-out when the telemetry store hangs", async () => {
    const telemetry = telemetryHolding([]);
    const plant = await aPlant({
      telemetry: { ...telemetry, readings: () => new Promise(() => undefined) },
    });
    await plant.raise();
    const stop = new AbortController();
    const running = plant.agent.run(stop.signal);
    await settled();
    await plant.clock.advance(2_000);
    await settled();
    stop.abort();
    await running;
    assert.equal(plant.reports()[0]?.degraded, true);
    assert.ok((plant.reports()[0]?.latencyMs ?? Number.NaN) <= 2_000);
  });

  it("points a grouped alarm to the first of its burst, without an order of its own", async () => {
    let decided = 0;
    const plant = await aPlant({
      decide: async () => {
        decided += 1;
        return null;
      },
    });
    await plant.raise({ traceId: "eleventh", groupTraceId: "first-of-burst" });
    await plant.works();
    assert.match(plant.reports()[0]?.diagnosisText.en ?? "", /first-of-burst/);
    assert.equal(decided, 0);
    assert.equal(plant.alert("eleventh")?.status, "COMPLETED");
  });

  it("diagnoses a P0 by itself even inside a burst", async () => {
    const plant = await aPlant();
    await plant.raise({ alertLevel: "P0", groupTraceId: "first-of-burst" });
    await plant.works();
    assert.equal(plant.reports()[0]?.faultCategory, "imbalance");
  });
});
