import { join } from "node:path";
import type { Clock } from "../../../kernel/clock.ts";
import { asIaiError, IaiError } from "../../../kernel/errors.ts";
import { backoffMs, type RetryPolicy } from "../../../kernel/retry.ts";
import { type Ms, SECOND } from "../../../model/basics.ts";
import type { ReadingSink, SourceAdapter } from "../../../ports/source-adapter.ts";
import type { OpcuaSourceConfig } from "./config.ts";
import { type OpcuaLink, openLink } from "./connection.ts";
import { createDelivery, type Delivery } from "./delivery.ts";
import { connectionFailure, needsPerson, reasonOf } from "./errors.ts";
import { fillGap } from "./history.ts";
import { type IdentityDeps, readIdentity } from "./identity.ts";
import { loadOpcua, type Opcua } from "./library.ts";
import { loadNodeMap, tagsOf } from "./node-map.ts";
import { createPartBoard, type PartBoard, SESSION } from "./part-board.ts";
import { openPki } from "./pki.ts";
import { runPublishLoop } from "./publish-loop.ts";
import { createForgetfulMemory, openSessionMemory, type SessionMemory } from "./session-memory.ts";
import { subscribe } from "./subscription.ts";
import { beginSession, createTagStates, type TagState } from "./tag-state.ts";
import { watchTags } from "./tag-watch.ts";

export interface OpcuaSourceDeps extends IdentityDeps {
  readonly clock: Clock;
  readonly random: () => number;
  /** Folder of what must be known after a crash. */
  readonly folder: string;
  /** Folder of certificates. */
  readonly pkiFolder: string;
  /** It is only looked at: it takes no subscription over and leaves none behind. */
  readonly isPreview: boolean;
}

const policy: RetryPolicy = { baseMs: 500, maxMs: 10_000, attempts: null };
/** A session that stood this long has earned a quick retry. */
const SETTLED_MS: Ms = 10 * SECOND;

/** Readings from an OPC-UA server; see README.md for what is promised. */
export async function openOpcuaSource(
  config: OpcuaSourceConfig,
  deps: OpcuaSourceDeps,
): Promise<SourceAdapter> {
  const map = config.map ?? (await loadNodeMap(config.mapFile ?? ""));
  const opcua = await loadOpcua();
  // A password that is not there stops the start, not the first attempt.
  await readIdentity(opcua, config, deps);
  await (await openPki(opcua, deps.pkiFolder, deps.clock)).close();
  const states = createTagStates(tagsOf(map), deps.clock.monotonic());
  const parts = createPartBoard(config.name, states, deps);
  const memory = deps.isPreview
    ? createForgetfulMemory()
    : openSessionMemory(join(deps.folder, `${config.name}.json`), deps);
  const station = { config, deps, opcua, states, parts, memory };

  return {
    name: config.name,
    state: () => parts.board.whole(),
    run: async (sink, signal) => {
      try {
        await keepSession(station, sink, signal);
      } finally {
        memory.flush();
        parts.setAll("stopped");
        parts.board.set(SESSION, "stopped");
      }
    },
  };
}

interface Station {
  readonly config: OpcuaSourceConfig;
  readonly deps: OpcuaSourceDeps;
  readonly opcua: Opcua;
  readonly states: readonly TagState[];
  readonly parts: PartBoard;
  readonly memory: SessionMemory;
}

/** One session after the other, until the signal aborts. Throws only what the sink throws. */
async function keepSession(
  station: Station,
  sink: ReadingSink,
  signal: AbortSignal,
): Promise<void> {
  const { config, deps, states, parts, memory } = station;
  const { clock, random } = deps;
  const onValues = (at: number): void => parts.board.value(SESSION, at);
  const delivery = createDelivery({ ...config, states, sink, clock, memory, onValues });
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const begunAt = clock.monotonic();
    if (parts.board.whole().state !== "failed") parts.board.set(SESSION, "connecting");
    const failure = await runSession(station, delivery, signal).catch((cause: unknown) => cause);
    if (signal.aborted) return;
    const sinkFailure = delivery.failure();
    if (sinkFailure !== null) throw sinkFailure;
    noteLoss(station, connectionFailure(config.url, failure));
    if (clock.monotonic() - begunAt >= SETTLED_MS) attempt = 0;
    await clock.sleep(backoffMs(policy, attempt + 1, random()), signal);
  }
}

/** Runs until something breaks, which it throws, or the signal aborts. */
async function runSession(
  station: Station,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const { config, deps, opcua, states, memory, parts } = station;
  const { clock, log } = deps;
  const { pkiFolder } = deps;
  const link = await openLink(opcua, config, deps);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  try {
    const common = { opcua, link, config, states, memory, delivery, clock, log };
    const subscription = await subscribe(common);
    beginSession(states, clock.monotonic());
    noteRunning(station, link, subscription.held !== null);
    const onLost = (count: number): void =>
      log.error("source.values.lost", { source: config.name, notifications: count });
    const silentMs = 3 * config.keepAliveMs;
    const running = [
      runPublishLoop(
        { opcua, link, subscription, clock, silentMs, deliver: delivery.told, onLost },
        both,
      ),
      watchTags({ ...common, subscription, parts, pkiFolder, name: config.name }, both),
      fillGap(common, both),
    ].map((work) =>
      work.catch((failure: unknown) => {
        stop.abort();
        throw failure;
      }),
    );
    const ends = await Promise.allSettled(running);
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  } catch (failure) {
    if (isSubscriptionGone(failure)) memory.note({ subscription: null });
    throw failure;
  } finally {
    await link.close({ keepsSubscription: memory.read().subscription !== null });
  }
}

/** The server has no such subscription any more, or one that is of no use. */
function isSubscriptionGone(failure: unknown): boolean {
  if (failure instanceof IaiError && failure.data["isSubscriptionGone"] === true) return true;
  return /BadNoSubscription|BadSubscriptionIdInvalid|subscription ended/.test(reasonOf(failure));
}

function noteRunning({ config, deps, parts }: Station, link: OpcuaLink, isResumed: boolean): void {
  const { clockSkewMs } = link;
  if (parts.board.set(SESSION, "running"))
    deps.log.info("source.running", { source: config.name, isResumed, clockSkewMs });
  parts.refresh();
}

function noteLoss({ config, deps, parts }: Station, failure: IaiError): void {
  const { message } = asIaiError(failure, "read from the server");
  const state = needsPerson(failure) ? "failed" : "connecting";
  // The tags wait for the session; one reason is enough.
  parts.setAll("connecting");
  if (parts.board.set(SESSION, state, message))
    deps.log.warn("source.lost", { source: config.name, error: message });
}
