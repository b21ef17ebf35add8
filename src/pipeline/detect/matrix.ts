/**
 * Small dense symmetric matrices, row by row in one Float64Array. Only + − × ÷ and Math.sqrt: the same numbers
 * in every engine.
 */

/** C ← (1 − share) C + share × (mean of the diagonal) × I: keeps near-singular estimates invertible. */
export function shrink(matrix: Float64Array, size: number, share: number): Float64Array {
  const level = trace(matrix, size) / size;
  const shrunk = Float64Array.from(matrix, (value) => (1 - share) * value);
  for (let i = 0; i < size; i += 1) {
    shrunk[i * size + i] = value(shrunk, i * size + i) + share * level;
  }
  return shrunk;
}

/** The share that Ledoit and Wolf (2004) find best for these rows, which have mean zero. */
export function shrinkageShare(rows: Float64Array, size: number, covariance: Float64Array): number {
  const count = rows.length / size;
  const level = trace(covariance, size) / size;
  let distance = 0;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      const off = value(covariance, i * size + j) - (i === j ? level : 0);
      distance += off * off;
    }
  }
  if (distance <= 0) return 1;
  let error = 0;
  for (let row = 0; row < count; row += 1) {
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j < size; j += 1) {
        const product = value(rows, row * size + i) * value(rows, row * size + j);
        const off = product - value(covariance, i * size + j);
        error += off * off;
      }
    }
  }
  return Math.min(1, error / (count * count) / distance);
}

/** Mean of the outer products of the rows. */
export function covarianceOf(rows: Float64Array, size: number): Float64Array {
  const count = Math.max(1, rows.length / size);
  const covariance = new Float64Array(size * size);
  for (let start = 0; start < rows.length; start += size) {
    addOuterProduct(covariance, rows, start, size);
  }
  mirror(covariance, size);
  return covariance.map((sum) => sum / count);
}

/** sum ← sum + x xᵀ up to the diagonal, with x the `size` numbers of `rows` from `start`; `mirror` completes it. */
export function addOuterProduct(
  sum: Float64Array,
  rows: Float64Array,
  start: number,
  size: number,
): void {
  for (let i = 0; i < size; i += 1) {
    const x = value(rows, start + i);
    for (let j = 0; j <= i; j += 1) {
      const k = i * size + j;
      sum[k] = value(sum, k) + x * value(rows, start + j);
    }
  }
}

/** Copies what stands below the diagonal to above it. */
export function mirror(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < i; j += 1) matrix[j * size + i] = value(matrix, i * size + j);
  }
}

/**
 * The symmetric W with WᵀW = C⁻¹. Of all such factors it stays closest to the channels themselves, so that the
 * squares of W x tell how much each channel contributes to xᵀC⁻¹x (Garthwaite and Koch, 2016).
 */
export function inverseRoot(matrix: Float64Array, size: number): Float64Array {
  const { values, vectors } = eigen(matrix, size);
  let largest = 0;
  for (const v of values) largest = Math.max(largest, v);
  const floor = Math.max(largest * 1e-9, 1e-12);
  const root = new Float64Array(size * size);
  for (let k = 0; k < size; k += 1) {
    const weight = 1 / Math.sqrt(Math.max(value(values, k), floor));
    for (let i = 0; i < size; i += 1) {
      const left = weight * value(vectors, i * size + k);
      for (let j = 0; j < size; j += 1) {
        root[i * size + j] = value(root, i * size + j) + left * value(vectors, j * size + k);
      }
    }
  }
  return root;
}

/** Jacobi's method: sweeps of plane rotations until nothing is left beside the diagonal. */
function eigen(
  matrix: Float64Array,
  size: number,
): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) vectors[i * size + i] = 1;
  const level = trace(a, size) / size;
  const enough = 1e-24 * level * level;
  for (let sweep = 0; sweep < 30 && offDiagonal(a, size) > enough; sweep += 1) {
    for (let p = 0; p < size; p += 1) {
      for (let q = p + 1; q < size; q += 1) rotate(a, vectors, size, p, q);
    }
  }
  const values = new Float64Array(size);
  for (let i = 0; i < size; i += 1) values[i] = value(a, i * size + i);
  return { values, vectors };
}

function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const apq = value(a, p * size + q);
  if (Math.abs(apq) < 1e-150) return;
  const theta = (value(a, q * size + q) - value(a, p * size + p)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(t * t + 1);
  const sine = t * cosine;
  for (let k = 0; k < size; k += 1) turn(a, k * size + p, k * size + q, cosine, sine);
  for (let k = 0; k < size; k += 1) turn(a, p * size + k, q * size + k, cosine, sine);
  for (let k = 0; k < size; k += 1) turn(vectors, k * size + p, k * size + q, cosine, sine);
}

function turn(a: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const x = value(a, i);
  const y = value(a, j);
  a[i] = cosine * x - sine * y;
  a[j] = sine * x + cosine * y;
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) {
    for (let j = i + 1; j < size; j += 1) {
      const off = value(a, i * size + j);
      sum += off * off;
    }
  }
  return sum;
}

function trace(matrix: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) sum += value(matrix, i * size + i);
  return sum;
}

function value(array: Float64Array, index: number): number {
  return array[index] ?? 0;
}
