import { openSqliteRecordStore } from "../../src/backends/record-store/sqlite/sqlite-record-store.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { createIdSource } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createDecisionAgent } from "../../src/pipeline/decide/decision-agent.ts";
import {
  createDecisionPolicy,
  defaultDecisionPolicy,
} from "../../src/pipeline/decide/decision-policy.ts";
import {
  createDiagnosticAgent,
  defaultDiagnosticAgentConfig,
} from "../../src/pipeline/diagnose/diagnostic-agent.ts";
import { createKnowledgeBase } from "../../src/pipeline/diagnose/knowledge/knowledge-base.ts";
import {
  aDevice,
  anAlert,
  aSnapshot,
  readingsOf,
  telemetryHolding,
} from "../fixtures/diagnosis.ts";
import { unbalanced } from "./agent-plant.ts";
import { anIntent, call, goodFindings, isDecision, scriptedModel } from "./scripted-model.ts";

/** Diagnoses the alarms of a file until none is left, or until somebody kills it. */
const [path = "", wanted = "0"] = process.argv.slice(2);
const alarms = Number(wanted);
const clock = systemClock;
const ids = createIdSource(() => clock.now());
const records = await openSqliteRecordStore({ path, clock, log: silentLog });
const knowledge = createKnowledgeBase({ records, clock, ids });
await knowledge.seed();
await records.transaction(async (tx) => {
  if ((await tx.count("alert_log", {})) > 0) return;
  const snapshot = aSnapshot(unbalanced);
  for (let number = 0; number < alarms; number += 1) {
    const deviceId = `PUMP_${number}`;
    const traceId = `trace-${number}`;
    const now = clock.now();
    await tx.insert("device_registry", { ...aDevice(unbalanced), deviceId });
    const own = { traceId, deviceId, createdAt: now, nextAttemptAt: now };
    await tx.insert("alert_log", anAlert({ ...snapshot, traceId, deviceId }, own));
  }
});

const languageModel = scriptedModel(async (request) => {
  await clock.sleep(8);
  if (isDecision(request)) return { json: anIntent() };
  const asked = request.messages.some(({ role }) => role === "tool");
  return asked ? { json: goodFindings(request) } : { toolCalls: [call("get_work_orders", {})] };
});
const stop = new AbortController();
const agent = createDiagnosticAgent({
  records,
  knowledge,
  telemetry: telemetryHolding(readingsOf(unbalanced)),
  languageModel,
  view: async () => null,
  decide: createDecisionPolicy({ policy: defaultDecisionPolicy, timeZone: "UTC", clock, ids }),
  propose: createDecisionAgent(languageModel),
  clock,
  ids,
  log: silentLog,
  onChange: () => undefined,
  onStep: () => undefined,
  onAddendum: () => undefined,
  // A short lease: whoever was killed is followed soon.
  config: {
    ...defaultDiagnosticAgentConfig,
    concurrency: 1,
    waitingForModel: 1,
    leaseMs: 400,
    pollMs: 50,
    maxAttempts: 1_000,
  },
});
const running = agent.run(stop.signal);
process.stdout.write("ready\n");
while ((await agent.pending()) > 0) await clock.sleep(20);
stop.abort();
await running;
await records.close();
