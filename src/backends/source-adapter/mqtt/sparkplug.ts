import type { Clock } from "../../../kernel/clock.ts";
import type { Log } from "../../../kernel/log.ts";
import type { StatusBoard } from "../../../kernel/status-board.ts";
import { type EpochMs, type Ms, SECOND } from "../../../model/basics.ts";
import type { SourceItem } from "../../../ports/source-adapter.ts";
import type { BirthMemory } from "./birth-memory.ts";
import type { MqttMessage } from "./codec.ts";
import type { Publish } from "./mqtt-session.ts";
import { bear, bearDevice, createNode, die, hasGap, type SparkplugNode } from "./sparkplug-node.ts";
import { decodePayload, encodeRebirth, type SparkplugPayload } from "./sparkplug-payload.ts";
import { readingsOf } from "./sparkplug-readings.ts";
import { placeOf, type SparkplugPlace } from "./sparkplug-topic.ts";
import type { SparkplugForm } from "./topic-config.ts";

/** Nodes that are followed; who makes up ever new ones must not fill the memory. */
const NODES_MAX = 1_000;
/** A node is asked for a rebirth once in this time. */
const ASK_EVERY_MS: Ms = 10 * SECOND;

export interface SparkplugDeps {
  readonly source: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly board: StatusBoard;
  /** Sends to the broker; null: not at the moment, or never. */
  readonly publish: () => Publish | null;
  readonly memory: BirthMemory;
}

/** Follows the nodes of a plant: births, deaths, aliases, sequence numbers. Messages must come in their order. */
export interface Sparkplug {
  decode(message: MqttMessage, form: SparkplugForm, template: string): readonly SourceItem[];
  /** Keeps the births among what was decoded; before it is acknowledged. */
  keep(): void;
}

interface Followed {
  readonly node: SparkplugNode;
  askedAt: EpochMs;
}

export function createSparkplug(deps: SparkplugDeps): Sparkplug {
  const kept = [...deps.memory.read()].map(
    ([key, node]) => [key, { node, askedAt: Number.NEGATIVE_INFINITY }] as const,
  );
  const nodes = new Map<string, Followed>(kept);
  let isChanged = false;
  const follow = (key: string): Followed | null => {
    const known = nodes.get(key);
    if (known !== undefined) return known;
    if (nodes.size >= NODES_MAX) return null;
    const fresh = { node: createNode(), askedAt: Number.NEGATIVE_INFINITY };
    nodes.set(key, fresh);
    return fresh;
  };
  return {
    keep: () => {
      if (!isChanged) return;
      deps.memory.write(new Map([...nodes].map(([key, { node }]) => [key, node])));
      isChanged = false;
    },
    decode: (message, form, template) => {
      const { topic, payload: bytes, arrivedAt } = message;
      const source = `mqtt:${deps.source}:${topic.slice(0, 180)}`;
      const refuse = (code: string, detail: string): SourceItem[] => [
        { value: undefined, fault: { code, detail }, bytes, source },
      ];
      const place = placeOf(topic, template);
      if (place === null) return refuse("TOPIC_UNKNOWN", "it is no topic of Sparkplug B");
      const payload = read(bytes);
      if (payload === null) return refuse("PAYLOAD_INVALID", "it is no payload of Sparkplug B");
      const followed = follow(`${place.group}/${place.node}`);
      if (followed === null) return refuse("TOO_LARGE", `more than ${NODES_MAX} nodes`);
      if (!place.type.endsWith("DATA")) isChanged = true;
      const ask = (): void => askRebirth(followed, { place, form, deps });
      if (!live(followed.node, payload, { place, deps, ask })) {
        if (place.type.endsWith("DEATH")) return [];
        ask();
        return refuse("SPARKPLUG_UNBORN", "its birth was not heard: what it means is not known");
      }
      if (place.type.endsWith("DEATH")) return [];
      const about = { place, form, source, arrivedAt, bytes };
      const { items, unknown } = readingsOf(followed.node, payload, about);
      if (unknown === 0) return items;
      ask();
      return [...items, ...refuse("SPARKPLUG_UNBORN", `${unknown} aliases are those of no birth`)];
    },
  };
}

function read(bytes: Uint8Array): SparkplugPayload | null {
  try {
    return decodePayload(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    return null;
  }
}

/** Takes births, deaths and sequence numbers to heart. False: the sender is not born. */
function live(
  node: SparkplugNode,
  payload: SparkplugPayload,
  {
    place,
    deps,
    ask,
  }: { readonly place: SparkplugPlace; readonly deps: SparkplugDeps; readonly ask: () => void },
): boolean {
  const { board, log, source } = deps;
  const { type, device } = place;
  const name = partOf(place, device);
  const about = { source, node: partOf(place, ""), device: device === "" ? null : device };
  if (type === "NBIRTH") {
    bear(node, payload);
    if (board.set(name, "running")) log.info("source.node.born", about);
    return true;
  }
  if (type === "NDEATH") {
    const devices = [...node.devices.keys()];
    if (!die(node, payload)) return false;
    for (const each of ["", ...devices.filter((one) => one !== "")])
      board.set(partOf(place, each), "connecting", "its node has lost the connection");
    log.warn("source.node.died", { ...about, devices: Math.max(0, devices.length - 1) });
    return true;
  }
  if (!node.isBorn) return false;
  if (hasGap(node, payload)) {
    log.warn("source.sequence.gap", { ...about, seq: payload.seq });
    ask();
  }
  if (type === "DBIRTH") {
    bearDevice(node, device, payload);
    board.set(name, "running");
    return true;
  }
  if (type === "DDEATH") {
    if (!node.devices.delete(device)) return false;
    board.set(name, "connecting", "its node has lost the device");
    log.warn("source.device.died", about);
    return true;
  }
  return node.devices.has(device);
}

/** A write to the field's broker: only where it is allowed, and never often. */
function askRebirth(
  followed: Followed,
  {
    place,
    form,
    deps,
  }: {
    readonly place: SparkplugPlace;
    readonly form: SparkplugForm;
    readonly deps: SparkplugDeps;
  },
): void {
  const { clock, log, board, source } = deps;
  const name = partOf(place, "");
  if (!form.requestRebirth) {
    if (followed.node.isBorn) return;
    const hint = "its birth was not heard; requestRebirth is off, so it is waited for";
    board.set(name, "connecting", hint);
    return;
  }
  const publish = deps.publish();
  const now = clock.now();
  if (publish === null || now - followed.askedAt < ASK_EVERY_MS) return;
  followed.askedAt = now;
  publish(`spBv1.0/${place.group}/NCMD/${place.node}`, encodeRebirth(now));
  log.info("source.rebirth.asked", { source, node: name });
}

function partOf({ group, node }: SparkplugPlace, device: string): string {
  return device === "" ? `${group}/${node}` : `${group}/${node}/${device}`;
}
