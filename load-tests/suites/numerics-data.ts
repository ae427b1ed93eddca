/** Seeded data in shapes that are common in trading: factor returns, clusters, positive exposures, two regimes. */
import type { NumericsJob } from "./numerics-jobs.js";

/** [n,p] row-major; another `variant` gives other bytes of the same kind. */
export function dataFor({ n, p, data = "factors" }: NumericsJob, variant: number): Float64Array {
  const random = generator(1 + variant);
  if (data === "regimes")
    return Float64Array.from({ length: n }, (_, i) => (i % 500 < 350 ? 0.6 : 2.2) * random.normal());
  if (data === "noise") return Float64Array.from({ length: n * p }, () => random.normal());
  if (data === "dependent") return dependent(n, p, random);
  if (data === "blobs") return blobs(n, p, random);
  const factors = withFactors(n, p, random);
  return data === "positive" ? factors.map(Math.abs) : factors;
}

interface RandomSource {
  uniform(): number;
  normal(): number;
}

/** xorshift32 followed by a Box–Muller transform: good enough for bytes that differ, not for statistics. */
function generator(seed: number): RandomSource {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 4_294_967_296;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

function withFactors(n: number, p: number, random: RandomSource): Float64Array {
  const rank = Math.min(8, p);
  const loadings = Float64Array.from({ length: rank * p }, () => random.normal());
  const x = new Float64Array(n * p);
  const factors = new Float64Array(rank);
  for (let i = 0; i < n; i++) {
    for (let f = 0; f < rank; f++) factors[f] = 0.7 ** f * random.normal();
    for (let j = 0; j < p; j++) {
      let value = 0.3 * random.normal();
      for (let f = 0; f < rank; f++) value += (factors[f] as number) * (loadings[f * p + j] as number);
      x[i * p + j] = value;
    }
  }
  return x;
}

/**
 * Factor returns in which every tenth column is a copy of the column before it, and the next column is the sum of
 * both.
 */
function dependent(n: number, p: number, random: RandomSource): Float64Array {
  const x = withFactors(n, p, random);
  for (let row = 0; row < n * p; row += p) {
    for (let j = 1; j + 1 < p; j += 10) {
      x[row + j] = x[row + j - 1] as number;
      x[row + j + 1] = (x[row + j] as number) + (x[row + j - 1] as number);
    }
  }
  return x;
}

function blobs(n: number, p: number, random: RandomSource): Float64Array {
  const centres = Float64Array.from({ length: 8 * p }, () => 4 * random.normal());
  return Float64Array.from({ length: n * p }, (_, at) => {
    const row = Math.floor(at / p);
    return (centres[(row % 8) * p + (at % p)] as number) + random.normal();
  });
}
