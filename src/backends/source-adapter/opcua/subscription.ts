import type {
  MonitoredItemCreateRequestOptions,
  TransferSubscriptionsResponse,
} from "node-opcua-client";
import { hashText } from "../../../kernel/hash.ts";
import type { OpcuaSourceConfig } from "./config.ts";
import type { OpcuaLink } from "./connection.ts";
import type { Opcua } from "./library.ts";
import type { SessionMemory } from "./session-memory.ts";
import type { TagState } from "./tag-state.ts";

/** A subscription at the server, new or taken over from an earlier session. */
export interface Subscription {
  readonly id: number;
  /** Notifications that the server still holds from before, oldest first; null: the subscription is new. */
  readonly held: readonly number[] | null;
}

/** Items of one request: some servers refuse more. */
const ITEMS_MAX = 500;

export interface SubscribeOptions {
  readonly opcua: Opcua;
  readonly link: OpcuaLink;
  readonly config: OpcuaSourceConfig;
  readonly states: readonly TagState[];
  readonly memory: SessionMemory;
}

/**
 * Takes over the subscription that an earlier session left at the server, with everything that waits in it; where there
 * is none, or the server cannot do that, or the map is another by now, makes a new one.
 */
export async function subscribe(options: SubscribeOptions): Promise<Subscription> {
  const fingerprint = fingerprintOf(options);
  const left = await takeOver(options, fingerprint);
  if (left !== null) return left;
  const { link, config, memory, states } = options;
  const keepAlives = Math.max(1, Math.round(config.keepAliveMs / config.publishMs));
  const lifetimes = Math.max(3 * keepAlives, Math.round(config.lifetimeMs / config.publishMs));
  const { subscriptionId } = await link.session.createSubscription({
    requestedPublishingInterval: config.publishMs,
    requestedMaxKeepAliveCount: keepAlives,
    requestedLifetimeCount: lifetimes,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 0,
  });
  await monitor(options, subscriptionId, states);
  const startedAt = link.serverStartedAt;
  memory.note({ subscription: { id: subscriptionId, fingerprint, startedAt } });
  return { id: subscriptionId, held: null };
}

async function takeOver(
  { opcua, link, memory, states }: SubscribeOptions,
  fingerprint: string,
): Promise<Subscription | null> {
  const { subscription } = memory.read();
  // Another start of the server may have given the same number to somebody else.
  const isSame =
    subscription?.fingerprint === fingerprint && subscription.startedAt === link.serverStartedAt;
  if (subscription === null || !isSame || link.serverStartedAt === null) return null;
  const { id } = subscription;
  try {
    const [result] = (await transfer(link, id)).results ?? [];
    if (result === undefined || !result.statusCode.equals(opcua.StatusCodes.Good)) return null;
    resolveNodes(states, await link.session.readNamespaceArray());
    return { id, held: [...(result.availableSequenceNumbers ?? [])].toSorted((a, b) => a - b) };
  } catch {
    // A server without the service says so with a fault: the way is a new subscription.
    return null;
  }
}

function transfer({ session }: OpcuaLink, id: number): Promise<TransferSubscriptionsResponse> {
  return new Promise((resolve, reject) => {
    session.transferSubscriptions(
      { subscriptionIds: [id], sendInitialValues: false },
      (failure, response) => {
        if (failure || response === undefined) reject(failure ?? new Error("no answer"));
        else resolve(response);
      },
    );
  });
}

/** What a subscription was made from: a changed map or rhythm needs another one. */
function fingerprintOf({ config, states }: SubscribeOptions): string {
  const { url, publishMs, keepAliveMs, lifetimeMs } = config;
  const tags = states.map(({ tag }) => [tag.node, tag.deadband, tag.samplingMs, tag.queue]);
  return hashText(JSON.stringify([url, publishMs, keepAliveMs, lifetimeMs, tags]));
}

/** Has the server watch these tags; what it says no to is noted in their states. */
export async function monitor(
  { opcua, link }: Pick<SubscribeOptions, "opcua" | "link">,
  subscriptionId: number,
  states: readonly TagState[],
): Promise<void> {
  resolveNodes(states, await link.session.readNamespaceArray());
  const possible = states.filter(({ nodeId }) => nodeId !== null);
  for (let at = 0; at < possible.length; at += ITEMS_MAX) {
    const part = possible.slice(at, at + ITEMS_MAX);
    const { results } = await link.session.createMonitoredItems({
      subscriptionId,
      timestampsToReturn: opcua.TimestampsToReturn.Both,
      itemsToCreate: part.map((state) => itemOf(opcua, state)),
    });
    for (const [n, state] of part.entries()) {
      const status = results?.[n]?.statusCode;
      const isGood = status?.equals(opcua.StatusCodes.Good) === true;
      state.refusal = isGood ? null : `node ${state.tag.node}: ${status?.name ?? "no answer"}`;
    }
  }
}

function resolveNodes(states: readonly TagState[], namespaces: readonly string[]): void {
  for (const state of states) {
    state.nodeId = nodeIdOf(state.tag.node, namespaces);
    state.refusal = state.nodeId === null ? `node ${state.tag.node}: no such namespace` : null;
  }
}

function itemOf(
  opcua: Opcua,
  { tag, handle, nodeId }: TagState,
): MonitoredItemCreateRequestOptions {
  const deadbandType = tag.deadband === null ? "None" : "Absolute";
  return {
    itemToMonitor: { nodeId: nodeId ?? "", attributeId: opcua.AttributeIds.Value },
    monitoringMode: opcua.MonitoringMode.Reporting,
    requestedParameters: {
      clientHandle: handle,
      samplingInterval: tag.samplingMs,
      queueSize: tag.queue,
      discardOldest: true,
      // With its time: a value that was measured again and is the same is a reading too.
      filter: new opcua.DataChangeFilter({
        trigger: opcua.DataChangeTrigger.StatusValueTimestamp,
        deadbandType: opcua.DeadbandType[deadbandType],
        deadbandValue: tag.deadband ?? 0,
      }),
    },
  };
}

/** Numbers of namespaces may change when a server starts; names do not. null: the server has no such namespace. */
export function nodeIdOf(node: string, namespaces: readonly string[]): string | null {
  const named = /^nsu=([^;]+);(.+)$/.exec(node);
  if (named === null) return node;
  const index = namespaces.indexOf(named[1] ?? "");
  return index < 0 ? null : `ns=${index};${named[2]}`;
}
