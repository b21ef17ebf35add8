import type { DeviationModel } from "./deviation-model.ts";
import { addOuterProduct, inverseRoot, mirror, shrink } from "./matrix.ts";
import { at } from "./metric-table.ts";

/** A limit is this many times the largest square met while learning: channels are autocorrelated, no quantile holds. */
const LIMIT_FACTOR = 3.2;
/** Healthy rows after which limits and covariance are estimated again. */
const RENEWAL_ROWS = 300;
/** Weight of the new estimate. Limits fall slowly: what a machine does once an hour is its own. */
const COVARIANCE_WEIGHT = 0.5;
const RAISE_WEIGHT = 0.5;
const LOWER_WEIGHT = 0.03;
/** A renewed limit stays within these multiples of the first one. */
const LIMIT_FLOOR = 0.5;
const LIMIT_CEILING = 6;
/** Place of T² among the limits; those of the levels follow, one a channel. */
export const JOINT = 0;

/** Sets the first limits from what `largestOf` says was met while learning. */
export function setFirstLimits(
  { size, limits, firstLimits }: DeviationModel,
  largestOf: (limit: number) => number,
): void {
  let usual = 0;
  for (let i = JOINT + 1; i <= size; i += 1) usual += largestOf(i) / size;
  for (let i = 0; i <= size; i += 1) {
    // A channel that was calm by chance is held to what its siblings do: of many, one always was.
    const least = i === JOINT ? 0 : usual;
    firstLimits[i] = LIMIT_FACTOR * Math.max(largestOf(i), least, 1e-9);
  }
  limits.set(firstLimits);
}

/** Counts the present instant as healthy. True: limits and covariance were estimated again. */
export function renewModel(model: DeviationModel): boolean {
  const { size, largest } = model;
  addOuterProduct(model.products, model.fast, 0, size);
  model.productRows += 1;
  largest[JOINT] = Math.max(at(largest, JOINT), model.joint);
  noteLevels(model, largest);
  if (model.productRows < RENEWAL_ROWS) return false;
  mirror(model.products, size);
  for (let i = 0; i < size * size; i += 1) {
    const fresh = at(model.products, i) / model.productRows;
    const old = at(model.covariance, i);
    model.covariance[i] = old + COVARIANCE_WEIGHT * (fresh - old);
  }
  model.root = inverseRoot(shrink(model.covariance, size, model.share), size);
  for (let i = 0; i <= size; i += 1) renewLimit(model, i);
  model.products.fill(0);
  model.productRows = 0;
  largest.fill(0);
  return true;
}

/** Keeps the worst of the deviation at hand. */
export function notePeak(model: DeviationModel): void {
  model.peaks[JOINT] = Math.max(at(model.peaks, JOINT), model.joint);
  noteLevels(model, model.peaks);
}

/** Ends the deviation at hand; `ownHabit`: it passed so quickly by itself that the limits have to allow for it. */
export function closePeak(model: DeviationModel, ownHabit: boolean): void {
  for (let i = 0; ownHabit && i <= model.size; i += 1) {
    model.largest[i] = Math.max(at(model.largest, i), at(model.peaks, i));
  }
  model.peaks.fill(0);
}

/** Raises `largest` to the present levels. */
function noteLevels(model: DeviationModel, largest: Float64Array): void {
  for (let channel = 0; channel < model.size; channel += 1) {
    const square = at(model.level, channel) * at(model.level, channel);
    largest[channel + 1] = Math.max(at(largest, channel + 1), square);
  }
}

function renewLimit(model: DeviationModel, index: number): void {
  const fresh = LIMIT_FACTOR * at(model.largest, index);
  const old = at(model.limits, index);
  const first = at(model.firstLimits, index);
  const next = old + (fresh > old ? RAISE_WEIGHT : LOWER_WEIGHT) * (fresh - old);
  model.limits[index] = Math.min(LIMIT_CEILING * first, Math.max(LIMIT_FLOOR * first, next));
}
