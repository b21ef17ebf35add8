import type { Ms } from "../../../model/basics.ts";
import type { Addendum } from "../../../model/diagnosis.ts";
import type { DiagnoseDeps, Prepared } from "../diagnose-alert.ts";
import { concludeTexts, problemsOf } from "./conclude.ts";
import { type Investigated, investigate } from "./investigate.ts";

export interface AskingDeps extends DiagnoseDeps {
  /** Of the clock's `monotonic`. */
  readonly hardStopAt: Ms;
}

/** Either what the model found in time, or why not, and what may still come. */
export type Asked =
  | { readonly investigated: Investigated }
  | {
      readonly investigated: null;
      readonly reason: string;
      readonly late: Promise<Omit<Addendum, "at" | "revision"> | null> | null;
    };

/** Kept free before the hard stop, for writing the report. */
const STORE_MS = 1_500;
/** With less than this left no question is worth its tokens. */
const WORTH_ASKING_MS = 2_000;
/** A correction needs this long. */
const REPAIR_MS = 4_000;
/** Devices of a line that may be read beside the alarm's own. */
const NEIGHBOURS_MAX = 20;

/**
 * Asks the model and waits until its time is up, whether it keeps its own deadline or not. One who is late may
 * finish where there is a place; all others are told to stop.
 */
export async function askInTime(
  prepared: Prepared,
  deps: AskingDeps,
  signal: AbortSignal,
): Promise<Asked> {
  const { clock, limits } = deps;
  const now = clock.monotonic();
  const until = Math.min(now + limits.diagnosisMs, deps.hardStopAt - STORE_MS);
  if (until - now < WORTH_ASKING_MS) return nothing("AGENT_TIME_UP");
  const stop = new AbortController();
  const running = startInvestigation(prepared, {
    deps,
    until,
    signal: AbortSignal.any([signal, stop.signal]),
  });
  const waited = new AbortController();
  const inTime = await Promise.race([
    running,
    clock.sleep(until - now, AbortSignal.any([signal, waited.signal])).then(() => null),
  ]);
  waited.abort();
  if (inTime !== null) {
    if (inTime.findings !== null) return { investigated: inTime };
    return nothing(inTime.failure ?? "AGENT_ANSWER_INVALID");
  }
  const free = signal.aborted || limits.lateMs === 0 ? null : deps.takeLatePlace();
  if (free === null) {
    stop.abort();
    return nothing("AGENT_TIME_UP");
  }
  const late = waitForLate(prepared, running, { deps, stop, signal }).finally(free);
  return { investigated: null, reason: "AGENT_TIME_UP", late };
}

function nothing(reason: string): Asked {
  return { investigated: null, reason, late: null };
}

async function startInvestigation(
  prepared: Prepared,
  {
    deps,
    until,
    signal,
  }: { readonly deps: AskingDeps; readonly until: Ms; readonly signal: AbortSignal },
): Promise<Investigated> {
  const { alert, sources, ledger, answer, steps } = prepared;
  const device = sources.status.ok ? sources.status.value.device : null;
  return investigate(
    {
      scope: {
        alert,
        until: sources.until,
        deviceType: device?.deviceType ?? "",
        devices: await devicesOfLine(prepared, deps),
      },
      ledger,
      answer,
      steps,
      endsAt: until + deps.limits.lateMs,
      repairUntil: until - REPAIR_MS,
      check: (findings, grown) =>
        problemsOf(prepared, findings, { ledger: grown, time: deps.time }),
    },
    { ...deps, toolCallsMax: deps.limits.toolCallsMax },
    signal,
  );
}

/** The alarm's device and those it shares a line with; of an unplaced one it is alone. */
async function devicesOfLine(
  { alert }: Prepared,
  { records }: AskingDeps,
): Promise<readonly string[]> {
  const { deviceId, factoryId, lineId } = alert;
  if (lineId === "" || factoryId === "") return [deviceId];
  try {
    const neighbours = await records.read((tx) =>
      tx.list("device_registry", {
        where: { factoryId, lineId, deviceId: { not: deviceId } },
        orderBy: [["deviceId", "asc"]],
        limit: NEIGHBOURS_MAX,
      }),
    );
    return [deviceId, ...neighbours.map((device) => device.deviceId)];
  } catch {
    // Without the registry the agent sees its own device alone.
    return [deviceId];
  }
}

/** What comes late, checked like everything else; null: nothing that holds came. */
async function waitForLate(
  prepared: Prepared,
  running: Promise<Investigated>,
  {
    deps,
    stop,
    signal,
  }: {
    readonly deps: AskingDeps;
    readonly stop: AbortController;
    readonly signal: AbortSignal;
  },
): Promise<Omit<Addendum, "at" | "revision"> | null> {
  const waited = new AbortController();
  const either = AbortSignal.any([signal, waited.signal]);
  const result = await Promise.race([
    running,
    deps.clock.sleep(deps.limits.lateMs, either).then(() => null),
  ]);
  waited.abort();
  stop.abort();
  if (result === null || result.findings === null || result.model === null) return null;
  const texts = concludeTexts(prepared, result, deps);
  if (texts === null) return null;
  const there = new Set(prepared.ledger.evidence.map(({ id }) => id));
  return {
    faultCategory: texts.category,
    agrees: texts.category === prepared.answer.category,
    diagnosisText: texts.diagnosisText,
    evidence: texts.evidence.filter(({ id }) => !there.has(id)),
    grounding: texts.grounding,
    llmModel: result.model,
  };
}
