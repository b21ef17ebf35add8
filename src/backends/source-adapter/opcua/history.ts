import type { HistoryReadResult } from "node-opcua-client";
import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { EpochMs } from "../../../model/basics.ts";
import type { OpcuaSourceConfig } from "./config.ts";
import type { OpcuaLink } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import { reasonOf } from "./errors.ts";
import type { Opcua } from "./library.ts";
import type { SessionMemory } from "./session-memory.ts";
import type { TagState } from "./tag-state.ts";
import { type SentValue, takeValue } from "./value-codec.ts";

export interface HistoryGap {
  readonly opcua: Opcua;
  readonly link: OpcuaLink;
  readonly config: OpcuaSourceConfig;
  readonly states: readonly TagState[];
  readonly delivery: Delivery;
  readonly memory: SessionMemory;
  readonly clock: Clock;
  readonly log: Log;
}

/** Values of one answer. */
const PAGE = 1_000;
/** What was on its way when the connection broke is asked for again; ingest knows it by its time. */
const OVERLAP_MS = 2_000;
/** A server that hands on the same place for ever is not followed. */
const PAGES_MAX = 10_000;

/**
 * Brings in what the server's history has of the time that we could not hear it, beside what arrives now: the older
 * readings are stored and aggregated, and detectors go on with the newer ones. Begun again after a crash.
 */
export async function fillGap(gap: HistoryGap, signal: AbortSignal): Promise<void> {
  try {
    await fill(gap, signal);
  } catch (failure) {
    // A server that fails over its history still has a present; a lost connection or a log that ended is another matter.
    if (gap.link.lost.aborted || gap.delivery.failure() !== null || signal.aborted) throw failure;
    const error = reasonOf(failure);
    gap.log.error("source.history.failed", { source: gap.config.name, error });
  }
}

async function fill(gap: HistoryGap, signal: AbortSignal): Promise<void> {
  const { config, memory, clock, states, log } = gap;
  const { storedUntil, historyFrom } = memory.read();
  const known = historyFrom ?? storedUntil;
  if (!config.history || known === null) return;
  const until = clock.now() + Math.max(0, gap.link.clockSkewMs ?? 0) + OVERLAP_MS;
  const from = Math.max(known - OVERLAP_MS, until - config.historyMaxMs);
  memory.note({ historyFrom: from });
  let values = 0;
  let without = 0;
  for (const state of states) {
    if (signal.aborted) return;
    const found = await readTag(gap, { state, from, until }, signal);
    if (found === null) without += 1;
    else values += found;
  }
  memory.note({ historyFrom: null });
  if (values > 0 || without < states.length)
    log.info("source.history.read", { source: config.name, from, until, values, without });
}

/** Number of values; null: the server has no history of the tag. */
async function readTag(
  { opcua, link, delivery }: HistoryGap,
  {
    state,
    from,
    until,
  }: { readonly state: TagState; readonly from: EpochMs; readonly until: EpochMs },
  signal: AbortSignal,
): Promise<number | null> {
  if (state.nodeId === null) return null;
  // What is old must not pass for the newest value of the tag.
  const then: TagState = { ...state };
  let continuationPoint: Buffer | undefined;
  let count = 0;
  for (let page = 0; page < PAGES_MAX && !signal.aborted; page += 1) {
    const request = new opcua.HistoryReadRequest({
      historyReadDetails: new opcua.ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(from),
        endTime: new Date(until),
        numValuesPerNode: PAGE,
        returnBounds: false,
      }),
      timestampsToReturn: opcua.TimestampsToReturn.Both,
      releaseContinuationPoints: false,
      nodesToRead: [
        { nodeId: state.nodeId, ...(continuationPoint === undefined ? {} : { continuationPoint }) },
      ],
    });
    const [result] = (await link.session.historyRead(request)).results ?? [];
    const sent = result === undefined ? null : valuesIn(opcua, result);
    if (sent === null) return count === 0 ? null : count;
    await delivery.hand(sent.map((one) => ({ state: then, taken: takeValue(one) })));
    count += sent.length;
    continuationPoint = result?.continuationPoint ?? undefined;
    if (continuationPoint === undefined || continuationPoint.length === 0) return count;
  }
  return count;
}

/** null: the server has none, or will not tell. */
function valuesIn(opcua: Opcua, result: HistoryReadResult): readonly SentValue[] | null {
  const { statusCode, historyData } = result;
  const isAnswer = statusCode.equals(opcua.StatusCodes.Good) || statusCode.name.startsWith("Good");
  if (!isAnswer || historyData === null) return null;
  if (!("dataValues" in historyData)) return null;
  return (historyData.dataValues as readonly SentValue[] | null) ?? [];
}
