/**
 * Means and variances of columns in float64, in one pass over the deviations from the first row. That row is one of
 * the sample, so that it is never further from the mean than √n standard deviations, and an offset of 1e8 costs no
 * digits. Where the first row is so far from the mean that the variance would lose digits, a second pass is made
 * about the mean, as in the corrected two-pass algorithm. Source: Chan, Golub and LeVeque 1983, "Algorithms for
 * computing the sample variance", equations 1.5a, 1.6 and 1.7.
 */
import { type Floats, type Kernels, seenFrom } from "../../kernels/index.js";
import { dividedBy, unitOf } from "../linear-algebra/power-of-two.js";

export interface ColumnMoments {
  /** The number of rows. */
  readonly count: number;
  /** [p] the column means. */
  readonly mean: Float64Array;
  /** [p] the column variances, divided by the number of rows, not by one less. */
  readonly variance: Float64Array;
}

/**
 * The point that is subtracted from every row, as the sum of two float64 numbers: `base`, the rounded mean, and
 * `rest`, its rounding error. At an offset of 1e8 a float64 mean alone is off by up to 7e-9, which changes third
 * moments.
 */
export interface Centre {
  /** [p] the nearest float64 to the column means. */
  readonly mean: Float64Array;
  readonly base: Float64Array;
  readonly rest: Float64Array;
}

/** The centre at zero, for samples that are centred already. */
export function noCentre(p: number): Centre {
  return { mean: new Float64Array(p), base: new Float64Array(p), rest: new Float64Array(p) };
}

export function columnCentre(x: Floats, n: number, p: number): Centre {
  const first = new Float64Array(x.subarray(0, p));
  return centreOf(
    first,
    deviationSums(x, first, n, p).map((sum) => sum / n),
  );
}

/** The centre `about` + `apart`. */
function centreOf(about: Float64Array, apart: Float64Array): Centre {
  const base = about.map((value, j) => value + (apart[j] as number));
  const rest = base.map((sum, j) => {
    // The exact rounding error of the sum, by Knuth's two-sum.
    const added = sum - (about[j] as number);
    return (about[j] as number) - (sum - added) + ((apart[j] as number) - added);
  });
  return { mean: base, base, rest };
}

/** The centre of X [n,p], and XᵀX [p,p] of X minus the centre: in one pass where the kernels can, else in two. */
export async function centreAndGram(
  x: Floats,
  n: number,
  p: number,
  kernels: Kernels,
): Promise<{ readonly centre: Centre; readonly gram: Floats }> {
  const found = kernels.scatter?.(x, n, p);
  if (found !== undefined) return { centre: centreOf(found.about, found.apart), gram: found.gram };
  const centre = columnCentre(x, n, p);
  return { centre, gram: await kernels.centredGram(x, n, p, centre) };
}

/** X [n,p] minus the centre, as a new float64 array. */
export function centred(x: Floats, centre: Centre, n: number, p: number): Float64Array {
  return seenFrom(centre, x, n, p);
}

/**
 * A second pass is made where the squared distance of the first row from the mean is more than this many variances.
 */
const farVariances = 100;

export function columnMoments(x: Floats, n: number, p: number): ColumnMoments {
  const found = ordinaryMoments(x, n, p);
  if (found.variance.every((value) => value < Number.POSITIVE_INFINITY)) return found;
  // Squares have overflowed. Computed from X divided by a power of two, the variances that float64 can hold are
  // finite, and the others are infinite, as scikit-learn's are.
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

/** Sums of the deviations from `about` [p]. Four rows at a time: the sums are read and written a quarter as often. */
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

/** The centre at the mean of an earlier fit, to centre new rows as that fit did. */
export function centreAt(mean: Float64Array): Centre {
  return { mean, base: mean, rest: new Float64Array(mean.length) };
}
