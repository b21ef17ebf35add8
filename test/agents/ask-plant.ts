import { type Clock, SimulatedClock } from "../../src/kernel/clock.ts";
import { createCountingIds } from "../../src/kernel/ids.ts";
import type { DeviceView } from "../../src/model/detection.ts";
import type { Device } from "../../src/model/device.ts";
import type { Answer } from "../../src/model/question.ts";
import {
  type AskConfig,
  createAskIai,
  defaultAskConfig,
  type Question,
} from "../../src/pipeline/diagnose/ask/ask-iai.ts";
import { createKnowledgeBase } from "../../src/pipeline/diagnose/knowledge/knowledge-base.ts";
import type { LanguageModel } from "../../src/ports/language-model.ts";
import {
  aDevice,
  anAlert,
  aSnapshot,
  FAULT_AT,
  readingsOf,
  telemetryHolding,
} from "../fixtures/diagnosis.ts";
import { InMemoryRecords } from "../fixtures/in-memory-records.ts";
import { unbalanced } from "./agent-plant.ts";

export interface AskPlantOptions {
  readonly clock?: Clock;
  readonly config?: Partial<AskConfig>;
  readonly device?: Partial<Device>;
  readonly view?: DeviceView | null;
}

/** A pump with an alarm, its neighbour and a stranger of another line, and somebody who asks. */
export async function askPlant(languageModel: LanguageModel, options: AskPlantOptions = {}) {
  const clock = options.clock ?? new SimulatedClock(FAULT_AT + 100_000);
  const records = new InMemoryRecords();
  const knowledge = createKnowledgeBase({ records, clock, ids: createCountingIds("id") });
  await knowledge.seed();
  const pump = { ...aDevice(unbalanced), ...options.device };
  const alert = anAlert(aSnapshot(unbalanced), {
    createdAt: clock.now(),
    nextAttemptAt: clock.now(),
  });
  await records.transaction(async (tx) => {
    await tx.insert("device_registry", pump);
    await tx.insert("device_registry", { ...pump, deviceId: "PUMP_02" });
    await tx.insert("device_registry", { ...pump, deviceId: "PUMP_99", lineId: "L999" });
    await tx.insert("alert_log", alert);
  });
  const view = options.view === undefined ? aView() : options.view;
  const iai = createAskIai(
    {
      records,
      clock,
      knowledge,
      languageModel,
      telemetry: telemetryHolding(readingsOf(unbalanced)),
      view: async (deviceId) => (deviceId === "PUMP_01" ? view : null),
      timeoutMs: 2_000,
    },
    { ...defaultAskConfig, ...options.config },
  );
  return {
    clock,
    records,
    alert,
    ask: (
      text: string,
      patch: Partial<Question> & { readonly signal?: AbortSignal } = {},
    ): Promise<Answer> => {
      const { signal = new AbortController().signal, ...question } = patch;
      const asked = {
        text,
        language: null,
        deviceId: "PUMP_01",
        alert: null,
        devices: ["PUMP_01", "PUMP_02"],
        personId: "li",
        ...question,
      };
      return iai.ask(asked, signal);
    },
    /** Every table that an answer must not touch. */
    everything: () =>
      records.read(async (tx) => ({
        devices: await tx.list("device_registry", {}),
        alerts: await tx.list("alert_log", {}),
        orders: await tx.list("work_order", {}),
        reports: await tx.list("diagnosis_report", {}),
        knowledge: await tx.count("maintenance_kb", {}),
      })),
  };
}

/** What the detectors know of the pump after its last reading. */
function aView(): DeviceView {
  const last = readingsOf(unbalanced).at(-1);
  if (last === undefined) throw new Error("the scenario has readings");
  return {
    deviceId: "PUMP_01",
    at: last.measuredAt,
    last: {
      timestamp: last.measuredAt,
      seq: last.seq,
      values: { ...Object.fromEntries(last.values), vibration: 0.48 },
    },
    qualities: {},
    sample: { at: last.measuredAt, state: "deviation", score: 1.4, contributions: {} },
    baseline: "active",
    learnedRows: 100,
    learnRows: 100,
    metrics: { vibration: { mean: 0.27, sd: 0.004, referenceMean: 0.27 } },
    worstMargin: 0.91,
    worstMetric: "vibration",
  };
}
