import { faultKinds } from "../../../backends/source-adapter/simulator/fault-kinds.ts";
import {
  createPlant,
  describeMachine,
  type PlannedFault,
  type Plant,
} from "../../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import type { EpochMs } from "../../../model/basics.ts";
import { createHttpSender, type HttpSender } from "../../sending/http-sender.ts";
import { openMqttSender } from "../../sending/mqtt-sender.ts";
import { sendPlant } from "../../sending/plant-sender.ts";
import { createProgress, noTotals } from "../../sending/totals.ts";

export interface SimulateOptions {
  readonly devices: string;
  readonly rate: string;
  readonly fault?: readonly string[];
  readonly protocol: string;
  readonly seed: string;
  readonly speed: string;
  readonly for?: string;
  readonly url?: string;
  readonly key?: string;
  readonly user?: string;
  readonly passwordFile?: string;
}

/** `iai simulate`: a seeded plant as a real peer on the wire. */
export async function runSimulate(options: SimulateOptions): Promise<number> {
  requireKnown(options.protocol);
  const devices = whole("devices", options.devices, 1);
  const rate = positive("rate", options.rate);
  const seed = whole("seed", options.seed, 0);
  const speed = positive("speed", options.speed);
  const seconds = options.for === undefined ? Infinity : positive("for", options.for);
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort());
  process.once("SIGTERM", () => abort.abort());
  const startsAt = systemClock.now();
  const faults = (options.fault ?? []).map((text, index) =>
    parseFault(text, { startsAt, devices, index, seed }),
  );
  const plant = createPlant({ seed, devices, startsAt, faults });
  const { signal } = abort;
  const { sender, url, close } = await openSender(options, plant, signal);
  console.log(`simulate: ${devices} machines, ${rate}/s each, seed ${seed}, to ${url}`);
  for (const fault of faults)
    console.log(
      `simulate: ${fault.kind} on ${fault.deviceId} from ${new Date(fault.startsAt).toISOString()}`,
    );

  await sender.greet();
  const totals = noTotals();
  const progress = createProgress(process.stderr, () => systemClock.now());
  await sendPlant({
    plant,
    sender,
    clock: systemClock,
    from: startsAt,
    to: startsAt + seconds * 1000 * speed,
    stepMs: Math.max(1, Math.round(1000 / rate)),
    speed,
    totals,
    onStep: () =>
      progress.show(`simulate: ${totals.accepted} accepted, ${totals.rejected} rejected`),
    signal,
  });
  progress.end();
  await close();
  const { sent, accepted, duplicates, rejected } = totals;
  // What IAI makes of a message, a broker does not tell its sender.
  const outcome =
    options.protocol === "mqtt"
      ? `${accepted} taken by the broker`
      : `${accepted} accepted, ${duplicates} duplicates, ${rejected} rejected`;
  console.log(`simulate: ${sent} sent, ${outcome}`);
  return totals.rejected === 0 ? 0 : 1;
}

interface Sender {
  readonly sender: Pick<HttpSender, "greet" | "send">;
  readonly url: string;
  close(): Promise<void>;
}

async function openSender(
  options: SimulateOptions,
  { machines }: Pick<Plant, "machines">,
  signal: AbortSignal,
): Promise<Sender> {
  const clock = systemClock;
  if (options.protocol === "mqtt") {
    const url = options.url ?? "mqtt://127.0.0.1:1883";
    const topics = new Map(
      machines.map(({ deviceId, factoryId, lineId }) => [
        deviceId,
        `iai/${factoryId}/${lineId}/${deviceId}/readings`,
      ]),
    );
    const topicOf = (deviceId: string): string => topics.get(deviceId) ?? "";
    const { user = null, passwordFile = null } = options;
    const sender = await openMqttSender({ url, user, passwordFile, topicOf, clock, signal });
    return { sender, url, close: () => sender.close() };
  }
  const key = options.key ?? process.env["IAI_KEY"];
  if (key === undefined)
    throw new IaiError(
      "USAGE",
      "Cannot simulate: no key. Make one with `./iai key create --name plant --role ingest` and give it with --key",
    );
  const url = options.url ?? "http://127.0.0.1:8000";
  const sender = createHttpSender({ url, key, clock, signal });
  return { sender, url, close: async () => undefined };
}

function requireKnown(protocol: string): void {
  if (protocol === "http" || protocol === "mqtt") return;
  const message = `Cannot simulate over "${protocol}": this version speaks http and mqtt, nothing was sent`;
  const known = ["modbus", "opcua"].includes(protocol);
  throw new IaiError(known ? "UNSUPPORTED" : "USAGE", message);
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && text.trim() !== "") return value;
  const allowed = `a whole number from ${least} on`;
  throw new IaiError("USAGE", `Cannot simulate: --${name} must be ${allowed}, got "${text}"`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0))
    throw new IaiError(
      "USAGE",
      `Cannot simulate: --${name} must be a number above 0, got "${text}"`,
    );
  return value;
}

/** `KIND@TIME` or `KIND@TIME@DEVICE`; TIME such as 60s, 2m, 1h counts from the start. */
function parseFault(
  text: string,
  plan: {
    readonly startsAt: EpochMs;
    readonly devices: number;
    readonly index: number;
    readonly seed: number;
  },
): PlannedFault {
  const [name = "", time = "0s", device] = text.split("@");
  const kind = faultKinds[name];
  if (kind === undefined)
    throw new IaiError(
      "USAGE",
      `Cannot simulate: there is no fault "${name}". Known: ${Object.keys(faultKinds).join(", ")}`,
    );
  const parts = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(time);
  if (parts === null)
    throw new IaiError(
      "USAGE",
      `Cannot simulate: the time of a fault is like 60s, 2m or 1h, got "${time}"`,
    );
  const factor = parts[2] === "h" ? 3_600_000 : parts[2] === "m" ? 60_000 : 1000;
  const candidates = Array.from({ length: plan.devices }, (_, index) =>
    describeMachine(index),
  ).filter((machine) => kind.machines.includes(machine.type.name));
  const deviceId =
    device ?? candidates[(plan.seed + plan.index) % Math.max(1, candidates.length)]?.deviceId;
  if (deviceId === undefined)
    throw new IaiError("USAGE", `Cannot simulate: no machine of this plant can have "${name}"`);
  const metric = kind.sensor === null ? null : "temperature";
  return {
    deviceId,
    kind: name,
    startsAt: plan.startsAt + Number(parts[1]) * factor,
    endsAt: null,
    metric,
  };
}
