/**
 * What is kept of the rows a covariance was fitted to, so that new rows can be added to it exactly: count,
 * mean, covariance, and for Ledoit and Wolf's shrinkage the third and fourth moments of the deviations. All
 * are about the running mean, where no offset costs digits. Source: Chan, Golub and LeVeque 1983, equation
 * 1.5b, for products of two columns; the higher moments are ‖y + d‖²(y + d) and ‖y + d‖⁴ multiplied out.
 */
import type { Floats } from "../../kernels/index.js";
import type { FitContext } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { dot } from "../linear-algebra/dot.js";
import { type Centre, centred, columnCentre, noCentre } from "./column-moments.js";
import { trace } from "./covariance.js";

/** Of deviations y from the mean. */
export interface HigherMoments {
  /** [p] the mean of ‖y‖²y. */
  readonly third: Float64Array;
  /** The mean of ‖y‖⁴. */
  readonly fourth: number;
}

export interface SampleStatistics {
  /** Rows seen. */
  readonly count: number;
  /** [p] the mean, as the sum of a float64 and what rounding took off it. */
  readonly location: Float64Array;
  readonly remainder: Float64Array;
  /** [p,p] divided by the count. */
  readonly covariance: Float64Array;
  /** Null where nobody needs them. */
  readonly higher: HigherMoments | null;
}

/** The sample with the rows X [n,p] added; as if about zero, whose mean stays, when `assumeCentered`. */
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

/** The moments of y + d, where the mean of y is 0. */
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

/** Moments of two samples about one point, as those of both. */
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

/** location + remainder + moved, as a float64 and the rest: Knuth's two-sum. */
function sums(location: Float64Array, remainder: Float64Array, moved: Float64Array) {
  const steps = remainder.map((rest, j) => rest + (moved[j] as number));
  const sum = location.map((value, j) => value + (steps[j] as number));
  const rest = sum.map((value, j) => {
    const added = value - (location[j] as number);
    return (location[j] as number) - (value - added) + ((steps[j] as number) - added);
  });
  return { location: sum, remainder: rest };
}

/** Of X [n,p] about its centre; null: about zero. */
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
