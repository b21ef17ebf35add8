import type { Clock } from "../../kernel/clock.ts";
import { type DeviceId, type EpochMs, HOUR, MINUTE, type Ms } from "../../model/basics.ts";
import type { DeviceView } from "../../model/detection.ts";
import type { Device } from "../../model/device.ts";
import type { BilingualText } from "../../model/diagnosis.ts";
import type { Forecast, Prediction, Reliability } from "../../model/prediction.ts";
import type { RecordStore } from "../../ports/record-store.ts";
import type { TelemetryStore } from "../../ports/telemetry-store.ts";
import {
  createModelFinder,
  type FindModel,
  inHours,
  type ModelForecast,
  modelForecast,
} from "./failure/model-forecast.ts";
import {
  joined,
  lastReadingFrom,
  looksMostAt,
  modelWithoutSkill,
  noReading,
  noTrend,
  nothingOnItsWay,
  notProven,
  stillLearning,
  switchedOff,
  trainedOn,
  trendTooShort,
} from "./forecast-words.ts";
import { healthIndex } from "./health-index.ts";
import { findTrend, TREND_LOOK_BACK_MS } from "./limit/find-trend.ts";
import { evidenceOf, type LimitCandidate, limitCandidates } from "./limit/limit-candidates.ts";
import { recordHorizon, reliabilityOf, stateOf } from "./reliability.ts";

export interface ForecasterDeps {
  readonly records: Pick<RecordStore, "read">;
  readonly telemetry: Pick<TelemetryStore, "aggregates" | "episodes">;
  readonly clock: Clock;
  /** What the detectors know of a device. */
  readonly view: (deviceId: DeviceId) => Promise<DeviceView | null>;
}

/** A forecast that was made, and whether its kind has earned to be shown. */
export interface MadeForecast {
  readonly forecast: Forecast;
  readonly madeAt: EpochMs;
  readonly state: Reliability["state"];
}

export interface Forecaster {
  /** True for a device type that a model was trained for. */
  hasModel(deviceType: string): Promise<boolean>;
  /** The forecast to show, or null and the reason. */
  predict(device: Device, horizonH: number): Promise<Prediction>;
  /** Every forecast that can be made, shown or not: what earns a record. */
  consider(device: Device, horizons: readonly number[]): Promise<Considered>;
}

export interface Considered {
  readonly made: readonly MadeForecast[];
  readonly reasons: readonly BilingualText[];
  /** True: nothing new was heard of the machine, so that nothing that was said of it ends. */
  readonly isStale: boolean;
}

/** Readings that are older say nothing of now. */
const STALE_MS = 30 * MINUTE;
/** Episodes of one device that a trend is found in, at most. */
const EPISODES_MAX = 10_000;
/** Scored forecasts that a record is made from, at most, and how long it is kept: one sweep asks once a type. */
const RECORD_ROWS = 2_000;
const RECORD_AGE_MAX_MS = MINUTE;
/** A longer horizon than this is only for trends that have lasted as long. */
const HORIZON_FREE_H = 24;

/**
 * Forecasts of failure, honest about what is not known: a trained model of the device type first, then the first
 * passage of a rated limit by a trend that the detectors flag, else none and the reason. Costs at most one query of
 * 480 steps and one of 60.
 */
export function createForecaster(given: ForecasterDeps): Forecaster {
  const deps = {
    ...given,
    findModel: createModelFinder(given.records, given.clock),
    recordOf: createRecordFinder(given),
  };
  return {
    hasModel: async (deviceType) => (await deps.findModel(deviceType)) !== null,
    predict: async (device, horizonH) => {
      const health = healthIndex(await deps.view(device.deviceId), device.metrics);
      const { made, reasons } = await consider(deps, device, [horizonH]);
      const shown = made.find(({ state }) => state === "shown");
      if (shown !== undefined) return { forecast: shown.forecast, reason: null, health };
      const hidden = made.map(({ forecast, state }) => hiddenReason(forecast, state));
      return { forecast: null, reason: joined([...hidden, ...reasons]), health };
    },
    consider: (device, horizons) => consider(deps, device, horizons),
  };
}

type ModelledDeps = ForecasterDeps & {
  readonly findModel: FindModel;
  readonly recordOf: (deviceType: string) => Promise<readonly Reliability[]>;
};

function hiddenReason({ method, horizonH }: Forecast, state: Reliability["state"]): BilingualText {
  const judgedBy = recordHorizon(horizonH);
  return state === "off" ? switchedOff(method, judgedBy) : notProven(method, judgedBy);
}

async function consider(
  deps: ModelledDeps,
  device: Device,
  horizons: readonly number[],
): Promise<Considered> {
  const now = deps.clock.now();
  const view = await deps.view(device.deviceId);
  if (view === null) return { made: [], reasons: [noReading], isStale: true };
  if (now - view.at > STALE_MS) {
    return { made: [], reasons: [lastReadingFrom(view.at)], isStale: true };
  }
  const record = await deps.recordOf(device.deviceType);
  const modelled = await byModel(deps, device, { now, horizons, record });
  const limited = await byLimit(deps, device, { now, horizons, record, view });
  return {
    made: [...modelled.made, ...limited.made],
    reasons: [...modelled.reasons, ...limited.reasons],
    isStale: false,
  };
}

interface Asked {
  readonly now: EpochMs;
  readonly horizons: readonly number[];
  readonly record: readonly Reliability[];
}

type Part = Omit<Considered, "isStale">;

const nothing: Part = { made: [], reasons: [] };

async function byModel(deps: ModelledDeps, device: Device, asked: Asked): Promise<Part> {
  const found = await modelForecast(deps, device, asked.now);
  if (found === null) return nothing;
  if ("zh" in found) return { made: [], reasons: [found] };
  const made = asked.horizons.flatMap((horizonH) => {
    const steps = (horizonH * HOUR) / found.model.stepMs;
    const probability = found.said.probability(steps);
    if (probability === null) return [];
    const skill = found.said.skill(steps);
    return [judged(modelled(found, { horizonH, probability, skill, now: asked.now }), asked)];
  });
  const reason = modelWithoutSkill(device.deviceType);
  return made.length > 0 ? { made, reasons: [] } : { made, reasons: [reason] };
}

function modelled(
  { said, model, version, from, until }: ModelForecast,
  at: Pick<Forecast, "horizonH" | "probability" | "skill"> & { readonly now: EpochMs },
): Forecast {
  const { now, ...part } = at;
  const strongest = model.trees.importance
    .map((share, i) => ({ share, name: model.trees.names[i] ?? "" }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 3);
  return {
    ...part,
    rul: inHours(said.rul, model.stepMs),
    limit: null,
    method: "boosted_trees",
    evidence: [
      trainedOn({
        version,
        deviceType: model.deviceType,
        runs: model.data.histories.length,
        looksAheadH: (model.cap * model.stepMs) / HOUR,
      }),
      looksMostAt(strongest.map(({ name }) => name)),
    ],
    dataSpan: spanOf(from, until),
    validUntil: now + validFor(part.horizonH),
  };
}

async function byLimit(
  deps: ForecasterDeps,
  device: Device,
  asked: Asked & { readonly view: DeviceView },
): Promise<Part> {
  const { now, view } = asked;
  if (view.baseline === "learning") return { made: [], reasons: [stillLearning] };
  const episodes = await deps.telemetry.episodes({
    deviceId: device.deviceId,
    from: now - TREND_LOOK_BACK_MS,
    to: now + MINUTE,
    limit: EPISODES_MAX,
  });
  const since = findTrend(episodes, now);
  if (since === null) return { made: [], reasons: [noTrend] };
  const candidates = await limitCandidates(deps.telemetry, device, { since, now, view });
  if (candidates.length === 0)
    return {
      made: [],
      reasons: [nothingOnItsWay],
    };
  const made: MadeForecast[] = [];
  const reasons: BilingualText[] = [];
  for (const horizonH of asked.horizons) {
    const hours = (now - since) / HOUR;
    if (horizonH > Math.max(HORIZON_FREE_H, hours)) reasons.push(trendTooShort(hours, horizonH));
    else made.push(judged(passage(mostProbable(candidates, horizonH), horizonH, now), asked));
  }
  return { made, reasons };
}

function mostProbable(candidates: readonly LimitCandidate[], horizonH: number): LimitCandidate {
  const at = ({ forecast }: LimitCandidate): number => forecast.probability(horizonH);
  return candidates.reduce((best, one) => (at(one) > at(best) ? one : best));
}

function passage(candidate: LimitCandidate, horizonH: number, now: EpochMs): Forecast {
  const { forecast, limit, since, until } = candidate;
  return {
    horizonH,
    probability: forecast.probability(horizonH),
    rul: forecast.rul,
    limit,
    method: "wiener_first_passage",
    evidence: evidenceOf(candidate),
    dataSpan: spanOf(since, until),
    skill: null,
    validUntil: now + validFor(horizonH),
  };
}

/** A kind that has a record is judged by it, and shows its skill. */
function judged(forecast: Forecast, { record, now }: Asked): MadeForecast {
  const horizonH = recordHorizon(forecast.horizonH);
  const own = record.find((one) => one.method === forecast.method && one.horizonH === horizonH);
  const skill = own?.skill ?? null;
  return {
    forecast: { ...forecast, skill: skill ?? forecast.skill },
    madeAt: now,
    state: stateOf(forecast.method, horizonH, skill),
  };
}

function createRecordFinder({ records, clock }: Pick<ForecasterDeps, "records" | "clock">) {
  const kept = new Map<string, { readonly at: Ms; readonly record: readonly Reliability[] }>();
  return async (deviceType: string): Promise<readonly Reliability[]> => {
    const before = kept.get(deviceType);
    const now = clock.monotonic();
    if (before !== undefined && now - before.at < RECORD_AGE_MAX_MS) return before.record;
    const record = await readRecord(records, deviceType);
    kept.set(deviceType, { at: now, record });
    return record;
  };
}

async function readRecord(
  records: Pick<RecordStore, "read">,
  deviceType: string,
): Promise<readonly Reliability[]> {
  const rows = await records.read((tx) =>
    tx.list("forecast", {
      where: { deviceType, outcome: { in: ["reached", "not_reached", "unknown"] } },
      orderBy: [["madeAt", "desc"]],
      limit: RECORD_ROWS,
    }),
  );
  return reliabilityOf(rows);
}

function validFor(horizonH: number): number {
  return Math.min(6 * HOUR, Math.max(10 * MINUTE, (horizonH * HOUR) / 10));
}

function spanOf(from: EpochMs, until: EpochMs): string {
  return `${new Date(from).toISOString()}/${new Date(until).toISOString()}`;
}
