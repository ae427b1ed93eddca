/**
 * The statistics that are stored of the rows of a covariance fit, so that new rows give the same result as a fit of
 * all rows together: count, mean and covariance, and for Ledoit and Wolf's shrinkage the third and fourth moments of
 * the deviations. All moments are about the mean of the rows so far, so that an offset costs no digits. Source: Chan,
 * Golub and LeVeque 1983, equation 1.5b, for products of two columns; the higher moments are ‖y + d‖²(y + d) and ‖y +
 * d‖⁴ multiplied out.
 */
import type { Floats } from "../../kernels/index.js";
import type { FitContext } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { dot } from "../linear-algebra/dot.js";
import { type Centre, centred, columnCentre, noCentre } from "./column-moments.js";
import { trace } from "./covariance.js";

/** Moments of the deviations y of rows from their mean. */
export interface HigherMoments {
  /** [p] the mean of ‖y‖²y. */
  readonly third: Float64Array;
  /** The mean of ‖y‖⁴. */
  readonly fourth: number;
}

export interface SampleStatistics {
  /** The number of rows. */
  readonly count: number;
  /** [p] the mean is the sum of `location` and `remainder`, its rounding error. */
  readonly location: Float64Array;
  readonly remainder: Float64Array;
  /** [p,p] divided by the number of rows. */
  readonly covariance: Float64Array;
  /** Null where the estimator does not need them. */
  readonly higher: HigherMoments | null;
}

/**
 * The statistics after the rows X [n,p] are added. With `assumeCentered` all moments are about zero, and the mean
 * does not change.
 */
export async function addRows(
  before: SampleStatistics,
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  { kernels }: FitContext,
): Promise<SampleStatistics> {
  const { location, remainder } = before;
  const from = assumeCentered
    ? toFloat64(x)
    : centred(x, { mean: location, base: location, rest: remainder }, n, p);
  const own = assumeCentered ? noCentre(p) : columnCentre(from, n, p);
  const about = assumeCentered ? from : centred(from, own, n, p);
  const covariance = Float64Array.from(await kernels.gram(about, n, p), (value) => value / n);
  const higher = before.higher && higherMoments(about, n, p);
  const count = before.count + n;
  const share = n / count;
  const moved = own.mean.map((apart) => apart * share);
  const old = shifted(
    before,
    moved.map((step) => -step),
    p,
  );
  const added = shifted(
    { covariance, higher },
    own.mean.map((apart) => apart * (1 - share)),
    p,
  );
  return { count, ...sums(location, remainder, moved), ...blend(old, added, share) };
}

type SampleSpread = Pick<SampleStatistics, "covariance" | "higher">;

/** The moments of y + d, given those of y, whose mean is 0. */
function shifted({ covariance, higher }: SampleSpread, d: Float64Array, p: number): SampleSpread {
  const about = covariance.map(
    (value, at) => value + (d[Math.floor(at / p)] as number) * (d[at % p] as number),
  );
  if (higher === null) return { covariance: about, higher };
  const along = d.map((_, j) => dot(covariance, j * p, d, 0, p));
  const total = trace(covariance, p);
  const length = dot(d, 0, d, 0, p);
  const { third, fourth } = higher;
  return {
    covariance: about,
    higher: {
      third: third.map((value, j) => value + 2 * (along[j] as number) + (total + length) * (d[j] as number)),
      fourth:
        fourth + 4 * dot(third, 0, d, 0, p) + 4 * dot(along, 0, d, 0, p) + length * (2 * total + length),
    },
  };
}

/**
 * The moments of two samples together, given the moments of each about the same point; `share` is the second's share
 * of the rows.
 */
function blend(a: SampleSpread, b: SampleSpread, share: number): SampleSpread {
  const mix = (one: number, other: number) => one * (1 - share) + other * share;
  const mixAll = (one: Float64Array, other: Float64Array) =>
    one.map((value, at) => mix(value, other[at] as number));
  return {
    covariance: mixAll(a.covariance, b.covariance),
    higher: a.higher &&
      b.higher && {
        third: mixAll(a.higher.third, b.higher.third),
        fourth: mix(a.higher.fourth, b.higher.fourth),
      },
  };
}

/** The sum location + remainder + moved as a float64 and its rounding error, by Knuth's two-sum. */
function sums(location: Float64Array, remainder: Float64Array, moved: Float64Array) {
  const steps = remainder.map((rest, j) => rest + (moved[j] as number));
  const sum = location.map((value, j) => value + (steps[j] as number));
  const rest = sum.map((value, j) => {
    const added = value - (location[j] as number);
    return (location[j] as number) - (value - added) + ((steps[j] as number) - added);
  });
  return { location: sum, remainder: rest };
}

/** The higher moments of X [n,p] about the centre; null: about zero. */
export function higherMomentsAbout(x: Floats, n: number, p: number, centre: Centre | null): HigherMoments {
  return higherMoments(centre === null ? x : centred(x, centre, n, p), n, p);
}

function higherMoments(y: Floats, n: number, p: number): HigherMoments {
  const third = new Float64Array(p);
  let fourth = 0;
  for (let row = 0; row < n * p; row += p) {
    let squares = 0;
    for (let j = 0; j < p; j++) squares += (y[row + j] as number) ** 2;
    for (let j = 0; j < p; j++) third[j] = (third[j] as number) + squares * (y[row + j] as number);
    fourth += squares * squares;
  }
  return { third: third.map((sum) => sum / n), fourth: fourth / n };
}
