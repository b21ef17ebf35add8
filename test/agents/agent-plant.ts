import { type Clock, SimulatedClock } from "../../src/kernel/clock.ts";
import { createCountingIds } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import type { Device } from "../../src/model/device.ts";
import type { AgentStep } from "../../src/model/diagnosis.ts";
import type { AlertRow } from "../../src/model/records.ts";
import { createDecisionAgent } from "../../src/pipeline/decide/decision-agent.ts";
import {
  createDecisionPolicy,
  defaultDecisionPolicy,
} from "../../src/pipeline/decide/decision-policy.ts";
import {
  createDiagnosticAgent,
  type DiagnosisDone,
  type DiagnosticAgentConfig,
  type DiagnosticAgentDeps,
  defaultDiagnosticAgentConfig,
} from "../../src/pipeline/diagnose/diagnostic-agent.ts";
import { createKnowledgeBase } from "../../src/pipeline/diagnose/knowledge/knowledge-base.ts";
import type { LanguageModel } from "../../src/ports/language-model.ts";
import type { RecordStore } from "../../src/ports/record-store.ts";
import {
  aDevice,
  anAlert,
  aSnapshot,
  FAULT_AT,
  healthyPump,
  readingsOf,
  type Scenario,
  telemetryHolding,
} from "../fixtures/diagnosis.ts";
import { InMemoryRecords } from "../fixtures/in-memory-records.ts";

/** A pump whose vibration climbs as an unbalanced rotor makes it. */
export const unbalanced: Scenario = {
  metrics: { ...healthyPump, vibration: { healthy: 0.27, sd: 0.004, to: 0.48 } },
  limits: { vibration: { hh: 0.5 } },
  severity: "P1",
  conditions: [{ metrics: ["vibration"], margin: 0.91, contributions: { vibration: 0.93 } }],
};

export interface PlantOptions {
  readonly records?: RecordStore;
  readonly clock?: Clock;
  readonly config?: Partial<DiagnosticAgentConfig>;
  readonly deps?: Partial<DiagnosticAgentDeps>;
  readonly scenario?: Scenario;
  readonly device?: Partial<Device>;
  /** The kill switch. */
  readonly writes?: "on" | "off";
}

/** The stations diagnose and decide around one pump and its neighbours, on a clock that the test moves. */
export async function agentPlant(languageModel: LanguageModel, options: PlantOptions = {}) {
  const scenario = options.scenario ?? unbalanced;
  const clock = options.clock ?? new SimulatedClock(FAULT_AT + 100_000);
  const records = options.records ?? new InMemoryRecords();
  const ids = createCountingIds("id");
  const knowledge = createKnowledgeBase({ records, clock, ids });
  await knowledge.seed();
  const pump = { ...aDevice(scenario), ...options.device };
  await records.transaction(async (tx) => {
    await tx.insert("device_registry", pump);
    await tx.insert("device_registry", { ...pump, deviceId: "PUMP_02" });
    await tx.insert("device_registry", { ...pump, deviceId: "PUMP_99", lineId: "L999" });
  });
  const done: DiagnosisDone[] = [];
  const steps: { readonly traceId: string; readonly step: AgentStep }[] = [];
  const policy = { policy: defaultDecisionPolicy, timeZone: "UTC", clock, ids };
  const agent = createDiagnosticAgent({
    records,
    knowledge,
    telemetry: telemetryHolding(readingsOf(scenario)),
    languageModel,
    view: async () => null,
    decide: createDecisionPolicy(policy),
    propose: options.writes === "off" ? null : createDecisionAgent(languageModel),
    clock,
    ids,
    log: silentLog,
    onChange: (change) => done.push(change),
    onStep: (alert, step) => steps.push({ traceId: alert.traceId, step }),
    onAddendum: () => undefined,
    ...options.deps,
    config: { ...defaultDiagnosticAgentConfig, ...options.config },
  });
  const stop = new AbortController();
  return {
    clock,
    records,
    agent,
    done,
    steps,
    raise: (row: Partial<AlertRow> = {}) =>
      records.transaction((tx) => {
        const now = clock.now();
        const due = { createdAt: now, nextAttemptAt: now };
        return tx.insert("alert_log", anAlert(aSnapshot(scenario), { ...due, ...row }));
      }),
    start: () => agent.run(stop.signal),
    stop: () => stop.abort(),
    /** Everything that is due now is done, or waits for the clock. */
    settled,
    reports: () => records.read((tx) => tx.list("diagnosis_report", {})),
    orders: () => records.read((tx) => tx.list("work_order", {})),
    alerts: () => records.read((tx) => tx.list("alert_log", {})),
    /** Runs the agent until every alert has its report, without moving the clock. */
    works: async () => {
      const running = agent.run(stop.signal);
      while ((await agent.pending()) > 0) await settled();
      stop.abort();
      await running;
    },
  };
}

/** Lets promises and what they start run, files included. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
