import type { EpochMs, MetricName } from "../../model/basics.ts";
import { type Channels, findChannels, noChannels } from "./channels.ts";
import type { LearningWindow } from "./learning-window.ts";
import { covarianceOf, inverseRoot, shrink, shrinkageShare } from "./matrix.ts";
import { CELL, get, type MetricTable } from "./metric-cells.ts";
import { at, isUsable } from "./metric-table.ts";
import { JOINT, notePeak, setFirstLimits } from "./model-limits.ts";

/** A channel moved when its square lies beyond this: two and a half of its own spreads. */
const MOVED = 6;
/** Beyond this ratio of the largest T² to the middle one the window holds two machines, not one. */
const CONTAMINATED_RATIO = 60;
const MIN_ROWS = 8;
/** Parts of the learning window whose largest are compared. */
const PARTS = 4;

/**
 * What one machine does when it is healthy, in two statistics: Hotelling's T² over fast minus slow averages of all
 * channels together (D3), and the level of each channel alone over a longer average (D4).
 */
export interface DeviationModel extends Channels {
  readonly size: number;
  covariance: Float64Array;
  root: Float64Array;
  share: number;
  /** Limits of T² and of each channel's level, the first ones, and the largest since they were renewed. */
  readonly limits: Float64Array;
  readonly firstLimits: Float64Array;
  readonly largest: Float64Array;
  /** The largest of the deviation at hand. */
  readonly peaks: Float64Array;
  /** Healthy rows since the last renewal, and the sum of their products. */
  products: Float64Array;
  productRows: number;
  /** The present instant: differences per channel, T² in rotated form, and how much each change matters. */
  readonly fast: Float64Array;
  readonly level: Float64Array;
  readonly rotated: Float64Array;
  readonly relevance: Float64Array;
  joint: number;
  readonly distance: Distance;
  /** Some channel had a usable value at the present instant. */
  heard: boolean;
  contaminated: boolean;
}

/** How far the present instant is from healthy. */
export interface Distance {
  /** The larger statistic over its limit, at most 1 where no change matters: beyond 1 the machine deviates. */
  score: number;
  /** The same without regard to what matters. */
  beyond: number;
  /** Largest change of a channel that moved, in units of the smallest one that matters. */
  relevance: number;
  /** A single level is farther than all channels together. */
  byLevel: boolean;
}

/** Learns channels, covariance and limits from the window; a window without channels gives a silent model. */
export function fitModel(
  table: MetricTable,
  window: LearningWindow | null,
  learnedRows: number,
): DeviationModel {
  if (window === null || window.count < MIN_ROWS) return emptyModel(noChannels);
  const model = emptyModel(findChannels(table, window, learnedRows));
  const { size } = model;
  if (size === 0) return model;
  const rows = new Float64Array(window.count * size);
  for (let row = 0; row < window.count; row += 1) {
    takeRow(model, window, row);
    rows.set(model.fast, row * size);
  }
  model.covariance = covarianceOf(rows, size);
  model.share = shrinkageShare(rows, size, model.covariance);
  model.root = inverseRoot(shrink(model.covariance, size, model.share), size);
  fitLimits(model, window);
  return model;
}

/** The usual largest of the window: what one part of it did more than every other is a disturbance, not a habit. */
function fitLimits(model: DeviationModel, window: LearningWindow): void {
  const statistics = new Float64Array(window.count);
  const parts: Float64Array[] = [];
  for (let row = 0; row < window.count; row += 1) {
    takeRow(model, window, row);
    model.joint = statisticOf(model.root, model.fast, model.rotated);
    statistics[row] = model.joint;
    notePeak(model);
    if (Math.floor(((row + 1) * PARTS) / window.count) === parts.length) continue;
    parts.push(model.peaks.slice());
    model.peaks.fill(0);
  }
  setFirstLimits(model, (limit) => {
    const sorted = parts.map((peaks) => at(peaks, limit)).sort((a, b) => b - a);
    return sorted[1] ?? 0;
  });
  statistics.sort();
  const middle = at(statistics, Math.floor(window.count / 2));
  model.contaminated = at(statistics, window.count - 1) > CONTAMINATED_RATIO * middle;
}

/** Measures the present instant, against `held` levels where they are given; null: no channel has a usable value. */
export function evaluateModel(
  model: DeviationModel,
  table: MetricTable,
  { now, held }: { readonly now: EpochMs; readonly held: Float64Array | null },
): Readonly<Distance> | null {
  takePresent(model, table, { now, held });
  if (!model.heard) return null;
  model.joint = statisticOf(model.root, model.fast, model.rotated);
  const { distance } = model;
  const jointRatio = model.joint / at(model.limits, JOINT);
  const jointRelevance = fastRelevance(model);
  let levelScore = 0;
  distance.beyond = jointRatio;
  distance.relevance = jointRelevance;
  for (let channel = 0; channel < model.size; channel += 1) {
    const square = at(model.level, channel) * at(model.level, channel);
    const ratio = square / at(model.limits, channel + 1);
    const relevance = square >= MOVED ? at(model.relevance, model.size + channel) : 0;
    levelScore = Math.max(levelScore, mattering(ratio, relevance));
    distance.beyond = Math.max(distance.beyond, ratio);
    distance.relevance = Math.max(distance.relevance, relevance);
  }
  const jointScore = mattering(jointRatio, jointRelevance);
  distance.score = Math.max(jointScore, levelScore);
  distance.byLevel = levelScore > jointScore;
  return distance;
}

/** A change that does not matter is never beyond the limit, however sure it is. */
function mattering(ratio: number, relevance: number): number {
  return relevance >= 1 ? ratio : Math.min(ratio, 1);
}

/** The largest relevance of the channels that moved. */
function fastRelevance({ size, fast, relevance }: DeviationModel): number {
  let largest = 0;
  for (let channel = 0; channel < size; channel += 1) {
    if (at(fast, channel) * at(fast, channel) < MOVED) continue;
    largest = Math.max(largest, at(relevance, channel));
  }
  return largest;
}

/** Share of each named channel in the present distance; sums to 1. */
export function contributionsOf(
  model: DeviationModel,
  table: MetricTable,
): Readonly<Record<MetricName, number>> {
  const { byLevel } = model.distance;
  const shares: Record<MetricName, number> = {};
  let total = 0;
  for (let channel = 0; channel < model.size; channel += 1)
    total += partOf(model, channel, byLevel);
  for (let channel = 0; channel < model.size; channel += 1) {
    const name = table.names[model.leaders[channel] ?? 0] ?? "";
    shares[name] = total > 0 ? partOf(model, channel, byLevel) / total : 1 / model.size;
  }
  return shares;
}

function emptyModel(channels: Channels): DeviationModel {
  const size = channels.leaders.length;
  return {
    ...channels,
    size,
    covariance: new Float64Array(size * size),
    root: new Float64Array(size * size),
    share: 0,
    limits: new Float64Array(size + 1),
    firstLimits: new Float64Array(size + 1),
    largest: new Float64Array(size + 1),
    peaks: new Float64Array(size + 1),
    products: new Float64Array(size * size),
    productRows: 0,
    fast: new Float64Array(size),
    level: new Float64Array(size),
    rotated: new Float64Array(size),
    relevance: new Float64Array(2 * size),
    joint: 0,
    distance: { score: 0, beyond: 0, relevance: 0, byLevel: false },
    heard: false,
    contaminated: false,
  };
}

function takePresent(
  model: DeviationModel,
  table: MetricTable,
  { now, held }: { readonly now: EpochMs; readonly held: Float64Array | null },
): void {
  const { members, channelOf, fast, level, relevance, size } = model;
  fast.fill(0);
  level.fill(0);
  relevance.fill(0);
  const heard = model.rotated.fill(0);
  model.heard = false;
  for (let i = 0; i < members.length; i += 1) {
    const slot = members[i] ?? 0;
    if (!isUsable(table, slot, now)) continue;
    const channel = channelOf[i] ?? 0;
    const slow = held === null ? get(table, slot, CELL.slow) : at(held, slot);
    const least = get(table, slot, CELL.matters) * Math.abs(slow);
    const quick = get(table, slot, CELL.fast) - slow;
    const steady = get(table, slot, CELL.middle) - slow;
    fast[channel] = at(fast, channel) + quick * at(model.fastScale, i);
    level[channel] = at(level, channel) + steady * at(model.levelScale, i);
    heard[channel] = at(heard, channel) + 1;
    relevance[channel] = Math.max(at(relevance, channel), timesLeast(quick, least));
    const place = size + channel;
    relevance[place] = Math.max(at(relevance, place), timesLeast(steady, least));
    model.heard = true;
  }
  for (let channel = 0; channel < size; channel += 1) {
    const number = at(heard, channel);
    // A silent channel says nothing: it neither adds to T² nor hides the others.
    if (number <= 1) continue;
    fast[channel] = at(fast, channel) / number;
    level[channel] = at(level, channel) / number;
  }
}

/** A change in units of the smallest one that matters; of a level of 0 everything matters. */
function timesLeast(change: number, least: number): number {
  if (change === 0) return 0;
  return least > 0 ? Math.abs(change) / least : Number.MAX_VALUE;
}

/** The differences of a row of the learning window, as `takePresent` takes those of the present. */
function takeRow(model: DeviationModel, window: LearningWindow, row: number): void {
  const { members, channelOf, fast, level } = model;
  fast.fill(0);
  level.fill(0);
  const counts = model.rotated.fill(0);
  for (let i = 0; i < members.length; i += 1) {
    const channel = channelOf[i] ?? 0;
    const place = row * window.width + (members[i] ?? 0);
    fast[channel] = at(fast, channel) + (window.fast[place] ?? 0) * at(model.fastScale, i);
    level[channel] = at(level, channel) + (window.level[place] ?? 0) * at(model.levelScale, i);
    counts[channel] = at(counts, channel) + 1;
  }
  for (let channel = 0; channel < model.size; channel += 1) {
    fast[channel] = at(fast, channel) / at(counts, channel);
    level[channel] = at(level, channel) / at(counts, channel);
  }
}

function partOf(model: DeviationModel, channel: number, byLevel: boolean): number {
  if (!byLevel) return at(model.rotated, channel) * at(model.rotated, channel);
  return (at(model.level, channel) * at(model.level, channel)) / at(model.limits, channel + 1);
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
