import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type LoadProfile,
  loadProfiles,
} from "../../../backends/source-adapter/simulator/physics/load-profile.ts";
import {
  createPlant,
  type PlannedFault,
  type PlantOptions,
} from "../../../backends/source-adapter/simulator/plant-model.ts";
import { systemClock } from "../../../kernel/clock.ts";
import { IaiError } from "../../../kernel/errors.ts";
import { DAY, type EpochMs, type Ms } from "../../../model/basics.ts";
import { type FaultWish, parseFaultOption, planFault } from "../../sending/fault-plan.ts";
import { createGroundTruth, truthRow } from "../../sending/ground-truth.ts";
import { listPlant } from "../../sending/plant-list.ts";
import type { PlantPeer } from "../../sending/plant-peer.ts";
import { createPeer, type Protocol, protocols } from "../../sending/plant-peers.ts";
import { type PlantRun, sendPlant } from "../../sending/plant-sender.ts";
import {
  DEVICES_MAX,
  firstMachines,
  invalidScenario,
  loadScenario,
  type Scenario,
} from "../../sending/scenario.ts";
import { createProgress, noTotals, type Totals } from "../../sending/totals.ts";
import { onStopSignal } from "../stop-signals.ts";

export interface SimulateOptions {
  readonly devices: string;
  readonly rate: string;
  readonly fault?: readonly string[];
  readonly scenario?: string;
  readonly truth?: string;
  readonly load: string;
  readonly protocol: string;
  readonly seed: string;
  readonly speed: string;
  readonly for?: string;
  readonly url?: string;
  readonly key?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly port?: string;
  readonly out?: string;
  readonly insecure?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

/** Without an end, a faster plant begins this long ago and goes on in real time when it has caught up. */
const FAST_SINCE: Ms = DAY;

/** `iai simulate`: a seeded plant as a real peer on the wire. */
export async function runSimulate(options: SimulateOptions): Promise<number> {
  if (options.list === true) {
    console.log(listPlant(options.json === true));
    return 0;
  }
  const protocol = protocolOf(options.protocol);
  const rate = positive("rate", options.rate);
  const pace = paceOf(options);
  const plan = planOf(options, pace.startsAt);
  const abort = new AbortController();
  onStopSignal(() => abort.abort());
  const plant = createPlant(plan);
  const stepMs = Math.max(1, Math.round(1000 / rate));
  const peer = await createPeer({
    protocol,
    machines: plant.machines,
    url: options.url ?? null,
    key: options.key ?? process.env["IAI_KEY"] ?? null,
    user: options.user ?? null,
    passwordFile: options.passwordFile ?? null,
    port: options.port === undefined ? null : whole("port", options.port, 1, 65_535),
    folder: options.out === undefined ? null : resolve(options.out),
    insecure: options.insecure === true,
    everyMs: stepMs / pace.speed,
    signal: abort.signal,
  });
  const count = plant.machines.length;
  console.log(`simulate: ${count} machines, ${rate}/s each, seed ${plan.seed}, ${peer.address}`);
  for (const { kind, deviceId, startsAt } of plan.faults)
    console.log(`simulate: ${kind} on ${deviceId} from ${new Date(startsAt).toISOString()}`);
  showFiles(peer, options.out ?? null);

  const totals = noTotals();
  const progress = createProgress(process.stderr, () => systemClock.now());
  const truth = openTruth(options.truth ?? null, plan, plant);
  try {
    await peer.open();
    const run = {
      plant,
      peer,
      clock: systemClock,
      stepMs,
      totals,
      onStep: (at, readings) => {
        progress.show(`simulate: ${totals.accepted} accepted, ${totals.rejected} rejected`);
        truth.watch(at, readings);
      },
      signal: abort.signal,
    } satisfies Partial<PlantRun>;
    const { startsAt, caughtUpAt, endsAt, speed } = pace;
    const at = await sendPlant({ ...run, from: startsAt, to: caughtUpAt, speed });
    if (at < endsAt) await sendPlant({ ...run, from: at, to: endsAt, speed: 1 });
  } finally {
    progress.end();
    truth.close();
    await peer.close();
  }
  console.log(`simulate: ${outcomeOf(protocol, totals)}`);
  return totals.rejected === 0 ? 0 : 1;
}

interface PlantPace {
  readonly startsAt: EpochMs;
  /** From here on in real time. */
  readonly caughtUpAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly speed: number;
}

/** A faster plant begins earlier, so that no reading comes from the future. */
function paceOf(options: SimulateOptions): PlantPace {
  const speed = positive("speed", options.speed);
  const seconds = options.for === undefined ? null : positive("for", options.for);
  const now = systemClock.now();
  if (seconds !== null) {
    const startsAt = Math.round(now - Math.max(0, speed - 1) * seconds * 1000);
    const endsAt = startsAt + seconds * 1000 * speed;
    return { startsAt, caughtUpAt: endsAt, endsAt, speed };
  }
  if (speed <= 1) return { startsAt: now, caughtUpAt: Infinity, endsAt: Infinity, speed };
  const startsAt = now - FAST_SINCE;
  const caughtUpAt = Math.round(startsAt + (FAST_SINCE * speed) / (speed - 1));
  return { startsAt, caughtUpAt, endsAt: Infinity, speed };
}

/** Scenario first; what it does not say, the options do. */
function planOf(options: SimulateOptions, startsAt: EpochMs): PlantOptions {
  const none: Scenario = { seed: null, load: null, machines: null, faults: [] };
  const { scenario: path = "" } = options;
  const scenario = path === "" ? none : loadScenario(path);
  const seed = scenario.seed ?? whole("seed", options.seed, 0);
  const machines =
    scenario.machines ?? firstMachines(whole("devices", options.devices, 1, DEVICES_MAX));
  const plan = { machines, startsAt, seed };
  const faults: PlannedFault[] = [];
  scenario.faults.forEach((wish, n) => {
    const planned = planFault(wish, n, plan);
    if (!planned.ok) throw invalidScenario(path, `faults.${n}: ${planned.reason}`);
    faults.push(planned.fault);
  });
  (options.fault ?? []).map(wishOf).forEach((wish, n) => {
    const planned = planFault(wish, n, plan);
    if (!planned.ok) throw usage(planned.reason);
    faults.push(planned.fault);
  });
  return { seed, devices: machines, startsAt, faults, load: scenario.load ?? loadOf(options.load) };
}

function wishOf(text: string): FaultWish {
  const wish = parseFaultOption(text);
  if (wish !== null) return wish;
  throw usage(
    `--fault is KIND@TIME, KIND@TIME@DEVICE or KIND@TIME@DEVICE@METRIC with a time like 60s, 2m or 1h, got "${text}"`,
  );
}

/** Maps and entries for the other side: into the folder, or on the screen where they are few. */
function showFiles({ files, notes }: PlantPeer, out: string | null): void {
  for (const note of notes) console.log(`simulate: ${note}`);
  if (files.length === 0) return;
  if (out === null) {
    console.log("simulate: --out FOLDER writes what IAI needs to read it:");
    for (const { name, text } of files)
      if (text.length < 4_000) console.log(`# ${name}\n${text.trimEnd()}`);
    return;
  }
  mkdirSync(out, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(out, name), text);
  console.log(`simulate: wrote ${files.map(({ name }) => name).join(", ")} to ${resolve(out)}`);
}

interface TruthFile {
  watch: PlantRun["onStep"];
  close(): void;
}

/** A line as soon as a fault can be seen; at the end one for each that could not. */
function openTruth(
  path: string | null,
  plan: PlantOptions,
  plant: ReturnType<typeof createPlant>,
): TruthFile {
  if (path === null) return { watch: () => undefined, close: () => undefined };
  writeFileSync(path, "");
  const truth = createGroundTruth(plan, plant);
  let last = plan.startsAt;
  const write = (rows: readonly string[]): void => {
    if (rows.length > 0) appendFileSync(path, `${rows.join("\n")}\n`);
  };
  return {
    watch: (at, readings) => {
      last = at;
      write(truth.watch(at, readings).map(truthRow));
    },
    close: () => write(truth.untraced(last).map(truthRow)),
  };
}

/** What became of it, as far as this side of the wire knows. */
function outcomeOf(protocol: Protocol, totals: Totals): string {
  const { sent, accepted, duplicates, rejected } = totals;
  switch (protocol) {
    case "http":
      return `${sent} sent, ${accepted} accepted, ${duplicates} duplicates, ${rejected} rejected`;
    case "mqtt":
      return `${sent} sent, ${accepted} taken by the broker`;
    case "sparkplug":
      return `${sent} sent, ${accepted} given to the broker, ${rejected} lost while it was away`;
    case "modbus":
    case "opcua":
      return `${sent} readings served`;
  }
}

function protocolOf(name: string): Protocol {
  const protocol = protocols.find((known) => known === name);
  if (protocol !== undefined) return protocol;
  throw usage(`--protocol must be one of ${protocols.join(", ")}, got "${name}"`);
}

function loadOf(name: string): LoadProfile {
  const profile = loadProfiles.find((known) => known === name);
  if (profile !== undefined) return profile;
  throw usage(`--load must be one of ${loadProfiles.join(", ")}, got "${name}"`);
}

function whole(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least && value <= most && text.trim() !== "")
    return value;
  const upTo = most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`;
  throw usage(`--${name} must be a whole number from ${least} ${upTo}, got "${text}"`);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw usage(`--${name} must be a number above 0, got "${text}"`);
}

function usage(reason: string): IaiError {
  return new IaiError("USAGE", `Cannot simulate: ${reason}`);
}
