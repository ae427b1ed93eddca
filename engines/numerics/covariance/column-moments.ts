/**
 * Means and variances of columns in float64, in one pass over the deviations from the first row: that row
 * is in the sample, so it is never further from the mean than √n standard deviations, and an offset of 1e8
 * costs no digits. Where it is so far off that the variance would lose some, a second pass is made, as the
 * corrected two-pass algorithm has it. Source: Chan, Golub and LeVeque 1983, "Algorithms for computing the
 * sample variance", equations 1.5a, 1.6 and 1.7.
 */
import { type Floats, seenFrom } from "../../kernels/index.js";
import { dividedBy, unitOf } from "../linear-algebra/power-of-two.js";

export interface ColumnMoments {
  /** Rows seen. */
  readonly count: number;
  /** [p] */
  readonly mean: Float64Array;
  /** [p] divided by the count, not by one less. */
  readonly variance: Float64Array;
}

/**
 * Where columns are centred, as a sum of two numbers: the mean rounded, and what the rounding left over.
 * At an offset of 1e8 a float64 mean alone is off by up to 7e-9, and third moments feel it.
 */
export interface Centre {
  /** [p] the nearest float64 to the column means. */
  readonly mean: Float64Array;
  readonly base: Float64Array;
  readonly rest: Float64Array;
}

/** Of samples that are centred already. */
export function noCentre(p: number): Centre {
  return { mean: new Float64Array(p), base: new Float64Array(p), rest: new Float64Array(p) };
}

export function columnCentre(x: Floats, n: number, p: number): Centre {
  const first = new Float64Array(x.subarray(0, p));
  const apart = deviationSums(x, first, n, p).map((sum) => sum / n);
  const base = first.map((value, j) => value + (apart[j] as number));
  const rest = base.map((sum, j) => {
    // What rounding the sum left over, exactly: Knuth's two-sum.
    const added = sum - (first[j] as number);
    return (first[j] as number) - (sum - added) + ((apart[j] as number) - added);
  });
  return { mean: base, base, rest };
}

/** X [n,p] less the centre, as a new float64 array. */
export function centred(x: Floats, centre: Centre, n: number, p: number): Float64Array {
  return seenFrom(centre, x, n, p);
}

/** Squared distance of the first row to the mean, in variances, above which a second pass is made. */
const farVariances = 100;

export function columnMoments(x: Floats, n: number, p: number): ColumnMoments {
  const found = ordinaryMoments(x, n, p);
  if (found.variance.every((value) => value < Number.POSITIVE_INFINITY)) return found;
  // Squares have overflowed: the variances that do not are told, and the others are infinite, as scikit-learn's.
  const unit = unitOf(x, "FP64");
  const own = ordinaryMoments(dividedBy(x, unit), n, p);
  return {
    count: n,
    mean: own.mean.map((value) => value * unit),
    variance: own.variance.map((value) => value * unit * unit),
  };
}

function ordinaryMoments(x: Floats, n: number, p: number): ColumnMoments {
  const first = new Float64Array(x.subarray(0, p));
  const near = momentsAbout(x, first, n, p);
  const far = near.variance.some(
    (value, j) => ((near.mean[j] as number) - (first[j] as number)) ** 2 > farVariances * value,
  );
  return far ? momentsAbout(x, near.mean, n, p) : near;
}

function momentsAbout(x: Floats, about: Float64Array, n: number, p: number): ColumnMoments {
  const { sum, squares } = squaredDeviationSums(x, about, n, p);
  return {
    count: n,
    mean: about.map((value, j) => value + (sum[j] as number) / n),
    variance: squares.map((square, j) => Math.max(0, square - (sum[j] as number) ** 2 / n) / n),
  };
}

/** Four rows at a time: the sums are read and written a quarter as often. */
function deviationSums(x: Floats, about: Float64Array, n: number, p: number): Float64Array {
  const sum = new Float64Array(p);
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    const r0 = i * p;
    const r1 = r0 + p;
    const r2 = r1 + p;
    const r3 = r2 + p;
    for (let j = 0; j < p; j++) {
      const from = about[j] as number;
      const a = (x[r0 + j] as number) - from + ((x[r1 + j] as number) - from);
      const b = (x[r2 + j] as number) - from + ((x[r3 + j] as number) - from);
      sum[j] = (sum[j] as number) + (a + b);
    }
  }
  for (let i = whole; i < n; i++)
    for (let j = 0; j < p; j++)
      sum[j] = (sum[j] as number) + ((x[i * p + j] as number) - (about[j] as number));
  return sum;
}

function squaredDeviationSums(x: Floats, about: Float64Array, n: number, p: number) {
  const sum = new Float64Array(p);
  const squares = new Float64Array(p);
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    const r0 = i * p;
    const r1 = r0 + p;
    const r2 = r1 + p;
    const r3 = r2 + p;
    for (let j = 0; j < p; j++) {
      const from = about[j] as number;
      const a = (x[r0 + j] as number) - from;
      const b = (x[r1 + j] as number) - from;
      const c = (x[r2 + j] as number) - from;
      const d = (x[r3 + j] as number) - from;
      sum[j] = (sum[j] as number) + (a + b + (c + d));
      squares[j] = (squares[j] as number) + (a * a + b * b + (c * c + d * d));
    }
  }
  for (let i = whole; i < n; i++) {
    for (let j = 0; j < p; j++) {
      const deviation = (x[i * p + j] as number) - (about[j] as number);
      sum[j] = (sum[j] as number) + deviation;
      squares[j] = (squares[j] as number) + deviation * deviation;
    }
  }
  return { sum, squares };
}

/** Where the fit centred, to centre new rows there too. */
export function centreAt(mean: Float64Array): Centre {
  return { mean, base: mean, rest: new Float64Array(mean.length) };
}
