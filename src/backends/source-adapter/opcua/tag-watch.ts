import type { Clock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { Log } from "../../../kernel/log.ts";
import { type Ms, SECOND } from "../../../model/basics.ts";
import type { OpcuaLink } from "./connection.ts";
import type { Delivery } from "./delivery.ts";
import type { Opcua } from "./library.ts";
import type { PartBoard } from "./part-board.ts";
import type { TagValue } from "./reading-batch.ts";
import { monitor, type Subscription } from "./subscription.ts";
import { isAsTold, isQuiet, isSubscriptionDead, type TagState } from "./tag-state.ts";
import { trustListIn } from "./trust-list.ts";
import { takeValue } from "./value-codec.ts";

export interface TagWatch {
  readonly opcua: Opcua;
  readonly link: OpcuaLink;
  readonly subscription: Subscription;
  readonly states: readonly TagState[];
  readonly delivery: Delivery;
  readonly parts: PartBoard;
  readonly pkiFolder: string;
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
}

const TICK_MS: Ms = SECOND;
/** Tags that are looked at in one tick; the others have their turn in the next. */
const LOOKS_MAX = 500;
/** What the server refused is asked for again this often: a device may be switched on later. */
const RETRY_TICKS = 30;
const TRUST_TICKS = 5;

/**
 * Does not believe that silence means health. A tag that says nothing is read: the same value is a reading at the
 * server's time, another one that the subscription never tells means that the subscription is dead, and this throws.
 * Throws as well when the trust in the server is taken away.
 */
export async function watchTags(watch: TagWatch, signal: AbortSignal): Promise<void> {
  for (let tick = 1; !signal.aborted; tick += 1) {
    await watch.clock.sleep(TICK_MS, signal);
    if (signal.aborted) return;
    await lookAtQuiet(watch);
    const dead = watch.states.find((state) => isSubscriptionDead(state, watch.clock.monotonic()));
    if (dead !== undefined) throw silentSubscription(dead);
    if (tick % TRUST_TICKS === 0) await requireTrust(watch);
    if (tick % RETRY_TICKS === 0) await retryRefused(watch);
    const overflows = watch.delivery.takeOverflows();
    if (overflows > 0) watch.log.error("source.values.lost", { source: watch.name, overflows });
    watch.parts.refresh();
  }
}

async function lookAtQuiet({ opcua, link, states, delivery, clock }: TagWatch): Promise<void> {
  const now = clock.monotonic();
  const quiet = states.filter((state) => isQuiet(state, now)).slice(0, LOOKS_MAX);
  if (quiet.length === 0) return;
  const { Value } = opcua.AttributeIds;
  const sent = await link.session.read(
    quiet.map(({ nodeId }) => ({ nodeId: nodeId ?? "", attributeId: Value })),
  );
  const seen = quiet.flatMap((state, n): TagValue[] => {
    const one = sent[n];
    // It spoke while we asked.
    if (one === undefined || state.heardAt > now) return [];
    const taken = takeValue(one);
    state.heardAt = clock.monotonic();
    if (!isAsTold(state, taken)) {
      state.differsSince ??= state.heardAt;
      return [{ state, taken }];
    }
    state.differsSince = null;
    // The value is old, the server's word that it still holds is not.
    const saidAt = Math.max(taken.serverAt ?? 0, link.serverTime() ?? 0);
    return saidAt > (state.lastAt ?? 0) ? [{ state, taken: { ...taken, sourceAt: saidAt } }] : [];
  });
  await delivery.hand(seen);
}

async function retryRefused(watch: TagWatch): Promise<void> {
  const refused = watch.states.filter(({ refusal }) => refusal !== null);
  if (refused.length > 0) await monitor(watch, watch.subscription.id, refused);
}

async function requireTrust({ link, pkiFolder }: TagWatch): Promise<void> {
  if (link.thumbprint === null) return;
  const known = await trustListIn(pkiFolder).list();
  const isRejected = known.some(
    ({ thumbprint, state }) => thumbprint === link.thumbprint && state === "rejected",
  );
  if (!isRejected) return;
  const message = `Cannot go on reading: the certificate ${link.thumbprint} of the server is no longer trusted`;
  throw new IaiError("SOURCE_UNTRUSTED", message);
}

function silentSubscription({ tag }: TagState): IaiError {
  const message = `Cannot go on with the subscription: ${tag.deviceId} ${tag.metric} has changed at the server, and the subscription did not tell`;
  return new IaiError("SOURCE_UNREACHABLE", message, { data: { isSubscriptionGone: true } });
}
