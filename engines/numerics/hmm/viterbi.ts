/** The likeliest sequence of states, by Viterbi's algorithm in logarithms. Source: Rabiner 1989. */
import { ignoreWork, inBlocks, type WorkReporter } from "../../kernels/index.js";
import type { FilterModel } from "./forward-filter.js";
import { densityCost, logDensities } from "./gaussian-emission.js";

export interface ViterbiPath {
  /** [n] the lowest state on a tie. */
  readonly states: Int32Array;
  /** log p(observations, states). */
  readonly logProbability: number;
}

export function viterbi(
  x: Float64Array,
  n: number,
  { startprob, logTransmat, emission }: FilterModel,
  reportWork: WorkReporter = ignoreWork,
): ViterbiPath {
  const { k, d } = emission;
  const cameFrom = new Int32Array(n * k);
  const densities = new Float64Array(k);
  let score = startprob.map(Math.log);
  let next = new Float64Array(k);
  inBlocks(n, k * k + densityCost(emission), reportWork, (first, end) => {
    for (let t = first; t < end; t++) {
      logDensities(emission, x, t * d, densities);
      for (let j = 0; j < k; j++) {
        const from = t === 0 ? j : likeliestFrom(score, logTransmat, j, k);
        const step = t === 0 ? 0 : (logTransmat[from * k + j] as number);
        cameFrom[t * k + j] = from;
        next[j] = (score[from] as number) + step + (densities[j] as number);
      }
      [score, next] = [next, score];
    }
  });
  let state = score.indexOf(Math.max(...score));
  const logProbability = score[state] as number;
  const states = new Int32Array(n);
  for (let t = n - 1; t >= 0; t--) {
    states[t] = state;
    state = cameFrom[t * k + state] as number;
  }
  return { states, logProbability };
}

function likeliestFrom(score: Float64Array, logTransmat: Float64Array, j: number, k: number): number {
  let best = 0;
  for (let i = 1; i < k; i++) {
    const better = (score[best] as number) + (logTransmat[best * k + j] as number);
    if ((score[i] as number) + (logTransmat[i * k + j] as number) > better) best = i;
  }
  return best;
}
