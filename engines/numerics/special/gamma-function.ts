/**
 * The gamma function's logarithm and the lower tail of the gamma distribution.
 * Sources: Lanczos 1964 with Godfrey's coefficients (g = 7, n = 9); Press et al., Numerical Recipes, 6.2.
 */

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
const halfLogTwoPi = 0.9189385332046728;

/** The logarithm of the gamma function, ln Γ(a), for a ≥ ½. */
export function logGamma(a: number): number {
  const x = a - 1;
  const t = x + 7.5;
  const series = lanczos.reduce(
    (sum, coefficient, i) => sum + (i === 0 ? coefficient : coefficient / (x + i)),
    0,
  );
  return halfLogTwoPi + (x + 0.5) * Math.log(t) - t + Math.log(series);
}

/** From this a on, the first omitted term of the series below is under 1e-13. */
const far = 30;

/**
 * The difference ln Γ(a + ½) − ln Γ(a) for a ≥ ½. For large a it has a series of its own, because the subtraction
 * would lose digits.
 */
export function logGammaHalfStep(a: number): number {
  if (a < far) return logGamma(a + 0.5) - logGamma(a);
  const inverse = 1 / a;
  const square = inverse * inverse;
  return 0.5 * Math.log(a) - inverse * (1 / 8 - square * (1 / 192 - square / 640));
}

const precision = 1e-15;
/** Enough terms for a = 1e6, whose series has about 8·√a. */
const termsMaximum = 20_000;

/**
 * The regularised lower incomplete gamma function P(a, x) for a ≥ ½ and x ≥ 0, as scipy's gammainc.
 * @param within the absolute error that the caller accepts; a larger one saves most of the terms
 * @param logGammaOfA ln Γ(a), for a caller that has computed it already
 */
export function gammaLowerTail(a: number, x: number, within = 0, logGammaOfA = logGamma(a)): number {
  if (x <= 0) return 0;
  if (x === Number.POSITIVE_INFINITY) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGammaOfA);
  if (x < a + 1) return Math.min(1, scale * lowerSeries(a, x, within / scale));
  // The result is 1 less the upper tail, which is at most scale/(x + 1 − a), the first convergent of its continued
  // fraction (DLMF 8.10.2). Where that is within the accepted error, the result is 1.
  if (scale <= within * (x + 1 - a)) return 1;
  return Math.max(0, 1 - scale * upperFraction(a, x, within / scale));
}

function lowerSeries(a: number, x: number, within: number): number {
  let term = 1 / a;
  let sum = term;
  for (let i = 1; i < termsMaximum && term > sum * precision; i++) {
    const ratio = x / (a + i);
    // The remaining terms add up to less than the geometric series term·ratio/(1 − ratio).
    if (ratio < 1 && term * ratio <= within * (1 - ratio)) break;
    term *= ratio;
    sum += term;
  }
  return sum;
}

/** The continued fraction of the upper tail by Lentz's method; x ≥ a + 1 keeps every denominator above 0. */
function upperFraction(a: number, x: number, within: number): number {
  let b = x + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < termsMaximum; i++) {
    const numerator = -i * (i - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    fraction *= d * c;
    const step = Math.abs(d * c - 1);
    if (step < precision || (step < 0.5 && fraction * step <= 0.1 * within)) break;
  }
  return fraction;
}
