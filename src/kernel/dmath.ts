/**
 * exp, log and pow in plain arithmetic. The engines' own versions may differ in the last digit, and a pure step
 * must give the same bits in every one of them. Relative error ≤ 1e-12 (`dmath.test.ts`).
 */

/** ln 2 in two parts, so that k × high is exact for every exponent k of a double. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LN2 = LN2_HIGH + LN2_LOW;
/** Where the mantissa is folded: near the root of 2, its exact place does not matter. */
// biome-ignore lint/suspicious/noApproximativeNumericConstant: the high part of a split constant, exact in its bits on purpose.
const FOLD = 1.414;

/** e to the power of x; 0 below −745, Infinity above 709.78. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY;
  if (x < -745.2) return 0;
  const k = Math.floor(x / LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  // |r| ≤ 0.35: fourteen terms leave less than 1e-17.
  let sum = 1;
  for (let n = 14; n >= 1; n -= 1) sum = 1 + (sum * r) / n;
  return timesPowerOfTwo(sum, k);
}

/** Natural logarithm; −Infinity for 0, NaN below. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  let m = x;
  let k = 0;
  for (; m >= 4294967296; m /= 4294967296) k += 32;
  for (; m < 2.3283064365386963e-10; m *= 4294967296) k -= 32;
  for (; m > FOLD; m /= 2) k += 1;
  for (; m < FOLD / 2; m *= 2) k -= 1;
  // ln m = 2 artanh s with |s| ≤ 0.172.
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let n = 25; n >= 1; n -= 2) sum = 1 / n + sum * s2;
  return k * LN2_HIGH + (2 * s * sum + k * LN2_LOW);
}

/** x to the power of y; whole powers up to 64 by multiplication, others need x ≥ 0. */
export function pow(x: number, y: number): number {
  if (y === Math.floor(y) && Math.abs(y) <= 64) return wholePower(x, y);
  if (x === 0) return y > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(y * log(x));
}

function wholePower(x: number, y: number): number {
  let result = 1;
  let base = x;
  for (let n = Math.abs(y); n > 0; n = Math.floor(n / 2)) {
    if (n - 2 * Math.floor(n / 2) === 1) result *= base;
    base *= base;
  }
  return y < 0 ? 1 / result : result;
}

function timesPowerOfTwo(value: number, exponent: number): number {
  let scaled = value;
  let k = exponent;
  for (; k >= 30; k -= 30) scaled *= 1073741824;
  for (; k <= -30; k += 30) scaled /= 1073741824;
  for (; k > 0; k -= 1) scaled *= 2;
  for (; k < 0; k += 1) scaled /= 2;
  return scaled;
}
