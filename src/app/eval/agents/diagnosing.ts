import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteRecordStore } from "../../../backends/record-store/sqlite/sqlite-record-store.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { createIdSource } from "../../../kernel/ids.ts";
import { silentLog } from "../../../kernel/log.ts";
import type { DeviceId } from "../../../model/basics.ts";
import type { DeviceView } from "../../../model/detection.ts";
import type { Reading } from "../../../model/reading.ts";
import { openRow } from "../../../pipeline/alert/alert-row.ts";
import { createDecisionAgent } from "../../../pipeline/decide/decision-agent.ts";
import {
  createDecisionPolicy,
  defaultDecisionPolicy,
} from "../../../pipeline/decide/decision-policy.ts";
import {
  createDiagnosticAgent,
  type DiagnosisDone,
  defaultDiagnosticAgentConfig,
} from "../../../pipeline/diagnose/diagnostic-agent.ts";
import { createKnowledgeBase } from "../../../pipeline/diagnose/knowledge/knowledge-base.ts";
import type { LanguageModel } from "../../../ports/language-model.ts";
import type { TelemetryStore } from "../../../ports/telemetry-store.ts";
import type { SeenAlarm, WatchedRun } from "./watched-run.ts";

/** The stations diagnose and decide with records of their own, for one alarm after the other. */
export interface Diagnosing {
  diagnose(run: WatchedRun, seen: SeenAlarm): Promise<DiagnosisDone>;
  close(): Promise<void>;
}

export async function openDiagnosing(languageModel: LanguageModel): Promise<Diagnosing> {
  const folder = await mkdtemp(join(tmpdir(), "iai-eval-agents-"));
  const clock = systemClock;
  const ids = createIdSource(() => clock.now());
  const path = join(folder, "records.db");
  const records = await openSqliteRecordStore({ path, clock, log: silentLog });
  const knowledge = createKnowledgeBase({ records, clock, ids });
  await knowledge.seed();
  const readings = new Map<DeviceId, readonly Reading[]>();
  const views = new Map<DeviceId, DeviceView | null>();
  const waiting = new Map<string, (done: DiagnosisDone) => void>();
  const agent = createDiagnosticAgent({
    records,
    knowledge,
    telemetry: readingFrom(readings),
    languageModel,
    view: async (deviceId) => views.get(deviceId) ?? null,
    decide: createDecisionPolicy({ policy: defaultDecisionPolicy, timeZone: "UTC", clock, ids }),
    propose: createDecisionAgent(languageModel),
    clock,
    ids,
    log: silentLog,
    onChange: (done) => waiting.get(done.alert.traceId)?.(done),
    onStep: () => undefined,
    onAddendum: () => undefined,
    config: defaultDiagnosticAgentConfig,
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  let number = 0;
  return {
    diagnose: async (run, { alarm, view }) => {
      // Each alarm has a machine of its own: no history and no open order of another run.
      number += 1;
      const own = { deviceId: `${run.device.deviceId}-${number}`, traceId: `t${number}` };
      readings.set(own.deviceId, run.readings);
      views.set(own.deviceId, view);
      const done = new Promise<DiagnosisDone>((resolve) => waiting.set(own.traceId, resolve));
      const device = { ...run.device, deviceId: own.deviceId };
      await records.transaction(async (tx) => {
        await tx.insert("device_registry", device);
        const opening = { device, groupTraceId: null, now: clock.now() };
        await tx.insert("alert_log", openRow({ ...alarm, ...own }, opening));
      });
      agent.wake();
      const result = await done;
      for (const known of [readings, views]) known.delete(own.deviceId);
      waiting.delete(own.traceId);
      return result;
    },
    close: async () => {
      stop.abort();
      await running;
      await records.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readingFrom(all: ReadonlyMap<DeviceId, readonly Reading[]>): TelemetryStore {
  const refuse = (): Promise<never> =>
    Promise.reject(new IaiError("UNSUPPORTED", "Cannot write: an evaluation only reads"));
  return {
    capabilities: { sealsItself: false, aggregatesItself: false },
    readings: async ({ deviceId, from, to, limit, order }) => {
      const own = all.get(deviceId) ?? [];
      const rows = own.filter(({ measuredAt }) => measuredAt >= from && measuredAt < to);
      return (order === "desc" ? rows.toReversed() : rows).slice(0, limit);
    },
    aggregates: async () => [],
    episodes: async () => [],
    position: async () => null,
    write: refuse,
    writeAggregates: refuse,
    writeEpisodes: refuse,
    maintain: refuse,
    close: async () => undefined,
  };
}
