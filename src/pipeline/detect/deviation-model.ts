import type { EpochMs, MetricName } from "../../model/basics.ts";
import type { LearningWindow } from "./baseline.ts";
import { addOuterProduct, covarianceOf, inverseRoot, shrink, shrinkageShare } from "./matrix.ts";
import { at, isUsable, learnedSd, type MetricTable } from "./metric-table.ts";

/** The limit is this many times the largest T² met while learning: channels are autocorrelated, no quantile holds. */
const LIMIT_FACTOR = 2;
/** Channels that follow each other this closely are one channel. */
const MERGED_CORRELATION = 0.98;
/** Healthy rows after which limit and covariance are estimated again, and the weight of the new estimate. */
const RENEWAL_ROWS = 300;
const RENEWAL_WEIGHT = 0.5;
/** A renewed limit stays within these multiples of the first one. */
const LIMIT_FLOOR = 0.5;
const LIMIT_CEILING = 4;
/** Beyond this ratio of the largest T² to the middle one the window holds two machines, not one. */
const CONTAMINATED_RATIO = 60;
/** More channels than this are not joined in one T²: the work per reading grows with their square. */
const MAX_CHANNELS = 64;
const MIN_ROWS = 8;

/** Hotelling's T² over fast minus slow averages, learned from one device. */
export interface DeviationModel {
  /** Slots that take part; thermal metrics do not: they drift with the day. */
  readonly members: Int32Array;
  /** Channel of each member: nearly dependent metrics share one. */
  readonly channelOf: Int32Array;
  /** Per member: 1 / spread of its differences, negative when it runs against its channel. */
  readonly scale: Float64Array;
  /** Slot that gives each channel its name. */
  readonly leaders: Int32Array;
  readonly size: number;
  covariance: Float64Array;
  root: Float64Array;
  readonly share: number;
  limit: number;
  readonly firstLimit: number;
  /** Healthy rows since the last renewal: their products, their number and their largest T². */
  products: Float64Array;
  productRows: number;
  largest: number;
  /** Differences per channel and their rotated form at the present instant. */
  difference: Float64Array;
  rotated: Float64Array;
  statistic: number;
  /** Some channel had a usable value at the present instant. */
  heard: boolean;
  readonly contaminated: boolean;
}

/** Learns channels, covariance and limit from the window; a window without channels gives a silent model. */
export function fitModel(
  table: MetricTable,
  window: LearningWindow | null,
  learnedRows: number,
): DeviationModel {
  const count = window?.count ?? 0;
  const slots = count < MIN_ROWS ? [] : candidates(table, learnedRows);
  const spread = slots.map((slot) => spreadOf(table, window, slot));
  const grouping = mergeDependents(slots, spread, window);
  const size = grouping.leaders.length;
  const rows = new Float64Array(count * size);
  const model = emptyModel(slots, grouping, spread);
  for (let row = 0; row < count; row += 1) {
    differences(model, (slot) => window?.rows[row * window.width + slot] ?? 0);
    rows.set(model.difference, row * size);
  }
  if (size === 0) return model;
  const covariance = covarianceOf(rows, size);
  const share = shrinkageShare(rows, size, covariance);
  const root = inverseRoot(shrink(covariance, size, share), size);
  const statistics = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    statistics[row] = statisticOf(root, rows.subarray(row * size, (row + 1) * size), model.rotated);
  }
  statistics.sort();
  const largest = at(statistics, count - 1);
  const firstLimit = LIMIT_FACTOR * Math.max(largest, 1e-9);
  const contaminated = largest > CONTAMINATED_RATIO * at(statistics, Math.floor(count / 2));
  return { ...model, covariance, root, share, limit: firstLimit, firstLimit, contaminated };
}

/** T² of the present differences; null: no channel has a usable value. */
export function evaluateModel(
  model: DeviationModel,
  table: MetricTable,
  now: EpochMs,
): number | null {
  const { members, channelOf, scale, difference, size } = model;
  difference.fill(0);
  const heard = model.rotated.fill(0);
  for (let i = 0; i < members.length; i += 1) {
    const slot = members[i] ?? 0;
    if (!isUsable(table, slot, now)) continue;
    const channel = channelOf[i] ?? 0;
    difference[channel] =
      at(difference, channel) + (at(table.fast, slot) - at(table.slow, slot)) * at(scale, i);
    heard[channel] = at(heard, channel) + 1;
  }
  let channels = 0;
  for (let channel = 0; channel < size; channel += 1) {
    const number = at(heard, channel);
    // A silent channel says nothing: it neither adds to T² nor hides the others.
    if (number === 0) continue;
    channels += 1;
    difference[channel] = at(difference, channel) / number;
  }
  model.heard = channels > 0;
  if (!model.heard) return null;
  model.statistic = statisticOf(model.root, difference, model.rotated);
  return model.statistic;
}

/** Share of each named channel in the present T²; sums to 1. */
export function contributionsOf(
  model: DeviationModel,
  table: MetricTable,
): Readonly<Record<MetricName, number>> {
  const shares: Record<MetricName, number> = {};
  const total = model.statistic;
  for (let channel = 0; channel < model.size; channel += 1) {
    const part = at(model.rotated, channel);
    const name = table.names[model.leaders[channel] ?? 0] ?? "";
    shares[name] = total > 0 ? (part * part) / total : 1 / model.size;
  }
  return shares;
}

/** Counts the present instant as healthy. True: limit and covariance were estimated again. */
export function renewModel(model: DeviationModel): boolean {
  const { size } = model;
  addOuterProduct(model.products, model.difference, 0, size);
  model.productRows += 1;
  model.largest = Math.max(model.largest, model.statistic);
  if (model.productRows < RENEWAL_ROWS) return false;
  for (let i = 0; i < size * size; i += 1) {
    const fresh = at(model.products, i) / model.productRows;
    model.covariance[i] = (1 - RENEWAL_WEIGHT) * at(model.covariance, i) + RENEWAL_WEIGHT * fresh;
  }
  model.root = inverseRoot(shrink(model.covariance, size, model.share), size);
  const limit = (1 - RENEWAL_WEIGHT) * model.limit + RENEWAL_WEIGHT * LIMIT_FACTOR * model.largest;
  const floor = LIMIT_FLOOR * model.firstLimit;
  model.limit = Math.min(LIMIT_CEILING * model.firstLimit, Math.max(floor, limit));
  model.products.fill(0);
  model.productRows = 0;
  model.largest = 0;
  return true;
}

interface Grouping {
  readonly channelOf: number[];
  readonly signs: number[];
  readonly leaders: number[];
}

/** Slots with enough values, the metrics of fixed meaning first: they give merged channels their names. */
function candidates(table: MetricTable, learnedRows: number): number[] {
  const named = ["vibration", "pressure", "current"];
  const seen = (slot: number): boolean =>
    at(table.learned, slot) >= learnedRows / 2 && table.thermal[slot] !== 1;
  const all = table.names.map((_, slot) => slot).filter(seen);
  const first = named.map((name) => table.names.indexOf(name)).filter((slot) => all.includes(slot));
  return [...first, ...all.filter((slot) => !first.includes(slot))].slice(0, MAX_CHANNELS);
}

/** Spread of the differences of one metric; where it never moved, what its level would make noticeable. */
function spreadOf(table: MetricTable, window: LearningWindow | null, slot: number): number {
  if (window === null) return 1;
  let squares = 0;
  for (let row = 0; row < window.count; row += 1) {
    const difference = window.rows[row * window.width + slot] ?? 0;
    squares += difference * difference;
  }
  const spread = Math.sqrt(squares / window.count);
  const sd = learnedSd(table, slot);
  return spread > 1e-4 * sd ? spread : sd / 3;
}

function mergeDependents(
  slots: readonly number[],
  spread: readonly number[],
  window: LearningWindow | null,
): Grouping {
  const grouping: Grouping = { channelOf: [], signs: [], leaders: [] };
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i] ?? 0;
    let channel = grouping.leaders.length;
    let sign = 1;
    for (let other = 0; other < grouping.leaders.length; other += 1) {
      const leader = grouping.leaders[other] ?? 0;
      const scale = (spread[i] ?? 1) * (spread[slots.indexOf(leader)] ?? 1);
      const correlation = productOf(window, slot, leader) / scale;
      if (Math.abs(correlation) < MERGED_CORRELATION) continue;
      channel = other;
      sign = correlation < 0 ? -1 : 1;
      break;
    }
    grouping.channelOf.push(channel);
    grouping.signs.push(sign);
    if (channel === grouping.leaders.length) grouping.leaders.push(slot);
  }
  return grouping;
}

function productOf(window: LearningWindow | null, a: number, b: number): number {
  if (window === null) return 0;
  let sum = 0;
  for (let row = 0; row < window.count; row += 1) {
    const start = row * window.width;
    sum += (window.rows[start + a] ?? 0) * (window.rows[start + b] ?? 0);
  }
  return sum / window.count;
}

function emptyModel(
  slots: readonly number[],
  grouping: Grouping,
  spread: readonly number[],
): DeviationModel {
  const size = grouping.leaders.length;
  return {
    members: Int32Array.from(slots),
    channelOf: Int32Array.from(grouping.channelOf),
    scale: Float64Array.from(slots, (_, i) => (grouping.signs[i] ?? 1) / (spread[i] ?? 1)),
    leaders: Int32Array.from(grouping.leaders),
    size,
    covariance: new Float64Array(size * size),
    root: new Float64Array(size * size),
    share: 0,
    limit: 0,
    firstLimit: 0,
    products: new Float64Array(size * size),
    productRows: 0,
    largest: 0,
    difference: new Float64Array(size),
    rotated: new Float64Array(size),
    statistic: 0,
    heard: false,
    contaminated: false,
  };
}

function differences(model: DeviationModel, differenceOf: (slot: number) => number): void {
  model.difference.fill(0);
  const counts = model.rotated.fill(0);
  for (let i = 0; i < model.members.length; i += 1) {
    const channel = model.channelOf[i] ?? 0;
    const part = differenceOf(model.members[i] ?? 0) * at(model.scale, i);
    model.difference[channel] = at(model.difference, channel) + part;
    counts[channel] = at(counts, channel) + 1;
  }
  for (let channel = 0; channel < model.size; channel += 1) {
    model.difference[channel] = at(model.difference, channel) / at(counts, channel);
  }
}

function statisticOf(root: Float64Array, difference: Float64Array, rotated: Float64Array): number {
  const size = difference.length;
  let total = 0;
  for (let i = 0; i < size; i += 1) {
    let sum = 0;
    for (let j = 0; j < size; j += 1) sum += at(root, i * size + j) * at(difference, j);
    rotated[i] = sum;
    total += sum * sum;
  }
  return total;
}
