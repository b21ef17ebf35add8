import { createRandom, type Random } from "../../kernel/random.ts";

/** One run of the generator: the same for every system under test. */
export interface LoadPlan {
  /** Where readings are sent to, by POST. */
  readonly url: string;
  readonly authorization: string | null;
  /** Loopback port on which alerts arrive. */
  readonly alertPort: number;
  readonly devicePrefix: string;
  readonly devices: number;
  readonly readingsPerSecond: number;
  readonly breachesPerSecond: number;
  readonly seconds: number;
  /** Readings of one request. */
  readonly batch: number;
  readonly connections: number;
  /** Readings under way at most; beyond, the generator falls behind, and that counts as latency. */
  readonly window: number;
  /** Wait for late answers and alerts after the last reading. */
  readonly drainMs: number;
  readonly seed: number;
  /** `seq` of the first reading of each device; never used twice in one round. */
  readonly firstSeq: number;
}

/** One reading that is due: its JSON text, and the key its alert must carry when it breaches. */
export interface PlannedReading {
  readonly text: string;
  readonly breachKey: string | null;
}

/** Values are drawn before the run, so that the generator's own cost is small and even. */
const POOL = 4_096;

/** The limit that the rule and every peer apply. */
export const breachRule = "temperature > 80 and vibration > 1.0";
export const breachCondition = "composite";

/** Readings of a plan in sending order; a breach lies at a random place of each of its intervals. */
export function createReadingSource(plan: LoadPlan): (sentAt: number) => PlannedReading {
  const random = createRandom(plan.seed);
  const normal = poolOf(random, false);
  const hot = poolOf(random, true);
  const interval =
    plan.breachesPerSecond > 0
      ? Math.max(1, Math.round(plan.readingsPerSecond / plan.breachesPerSecond))
      : Number.POSITIVE_INFINITY;
  const heads = Array.from(
    { length: plan.devices },
    (_, n) => `{"device_id":"${deviceIdOf(plan, n)}","timestamp":`,
  );
  let index = 0;
  let breachAt = -1;
  return (sentAt) => {
    if (index % interval === 0) breachAt = index + random.integer(interval);
    const device = index % plan.devices;
    const seq = plan.firstSeq + Math.floor(index / plan.devices);
    const isHot = index === breachAt;
    const tail = (isHot ? hot : normal)[index % POOL] ?? "";
    index += 1;
    return {
      text: `${heads[device]}${Math.floor(sentAt)},"seq":${seq},${tail}`,
      breachKey: isHot ? breachKeyOf(deviceIdOf(plan, device), seq) : null,
    };
  };
}

export function deviceIdOf(plan: Pick<LoadPlan, "devicePrefix">, n: number): string {
  return `${plan.devicePrefix}-${String(n).padStart(5, "0")}`;
}

/** What names a reading in the alert that it raises. */
export function breachKeyOf(deviceId: unknown, seq: unknown): string {
  return `${String(deviceId)}|${String(seq)}`;
}

function poolOf(random: Random, isHot: boolean): readonly string[] {
  const about = (centre: number, width: number): number =>
    Math.round((centre + (random.next() - 0.5) * width) * 1000) / 1000;
  return Array.from({ length: POOL }, () => {
    const values = {
      temperature: isHot ? about(92, 4) : about(62, 8),
      vibration: isHot ? about(1.8, 0.2) : about(0.4, 0.2),
      pressure: about(0.52, 0.04),
      current: about(13, 2),
      metrics: { flow: about(31, 3), speed: about(1480, 20) },
    };
    return JSON.stringify(values).slice(1);
  });
}
