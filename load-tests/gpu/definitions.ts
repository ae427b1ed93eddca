/** Plain implementations of the kernels' definitions, and the random inputs that the kernels are tested with. */
import { RandomState } from "../../engines/numerics/random/random.js";

/** Standard normal numbers, rounded to float32 so that every backend gets the same input. */
export function samples(count: number, seed: number): Float64Array {
  const random = new RandomState(seed);
  return Float64Array.from({ length: count }, () => Math.fround(random.normal()));
}

/** The product AB [m,n] of A [m,k] and B [k,n]. */
export function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  k: number,
  n: number,
): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    const i = Math.floor(at / n);
    let sum = 0;
    for (let l = 0; l < k; l++) sum += (a[i * k + l] ?? Number.NaN) * (b[l * n + (at % n)] ?? Number.NaN);
    return sum;
  });
}

export function transposed(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    return a[(at % rows) * columns + Math.floor(at / rows)] ?? Number.NaN;
  });
}

/** The squared distances [n,m] between the rows of X [n,p] and Y [m,p]. */
export function distances(x: Float64Array, y: Float64Array, n: number, m: number, p: number): Float64Array {
  return Float64Array.from({ length: n * m }, (_, at) => {
    const i = Math.floor(at / m);
    const j = at % m;
    let sum = 0;
    for (let l = 0; l < p; l++) sum += ((x[i * p + l] ?? Number.NaN) - (y[j * p + l] ?? Number.NaN)) ** 2;
    return sum;
  });
}

export function columnMeans(x: Float64Array, n: number, p: number): Float64Array {
  const means = new Float64Array(p);
  x.forEach((value, at) => {
    means[at % p] = (means[at % p] as number) + value / n;
  });
  return means;
}

export function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
