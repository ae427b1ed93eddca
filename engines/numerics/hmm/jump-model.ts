/**
 * The statistical jump model: k-means whose states may change only at a price. It minimises
 * ½ Σ ‖x_t − θ(s_t)‖² + penalty · #{t: s_t ≠ s_(t−1)} by turns: the cheapest path of states for given
 * centres, exactly by dynamic programming, then the mean of each state's rows.
 * Source: Nystrup, Lindström and Madsen 2020, "Learning hidden Markov models with persistent states by
 * penalizing jumps"; Shu, Yu and Mulvey 2024, arXiv 2402.05272.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import { type Floats, inBlocks, type WorkReporter } from "../../kernels/index.js";
import { plusPlusSamples, rowsAt } from "../cluster/kmeans-seeding.js";
import { centred, columnCentre } from "../covariance/column-moments.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { refuseTooLarge } from "../float-tensors.js";
import { RandomState } from "../random/random.js";

export interface JumpOptions {
  readonly states: number;
  /** What a change of state costs, in halved squared units of the rows. */
  readonly penalty: number;
  /** Starts to choose the best of. */
  readonly starts: number;
  readonly iterationsMaximum: number;
  readonly randomState: number;
}

export interface JumpModel {
  /** [k,p] */
  readonly centres: Float64Array;
  /** [n] */
  readonly labels: Int32Array;
  readonly objective: number;
  /** [n,k] what the cheapest path of the rows so far costs that ends in each state, less the cheapest. */
  readonly costs: Float64Array;
  readonly iterations: number;
  /** Whether the best start stopped by itself rather than at the maximum of iterations. */
  readonly converged: boolean;
}

/**
 * Fits X [n,p].
 * @throws HeadgateError `invalid_argument` for more states than rows
 */
export async function jumpModel(
  x: Floats,
  n: number,
  p: number,
  options: JumpOptions,
  context: FitContext,
): Promise<JumpModel> {
  const { states: k, starts, randomState } = options;
  if (n < k) throw invalidArgument("parameters.n_components", `${k} states need as many rows, got ${n}`);
  refuseTooLarge("parameters.n_components", "costs", n, k);
  const centre = columnCentre(x, n, p);
  const rows = centred(x, centre, n, p); // where no offset costs digits
  const random = new RandomState(randomState);
  let best: JumpModel | undefined;
  for (let start = 0; start < starts; start++) {
    const seeds = await plusPlusSamples(rows, n, p, k, random, context);
    const found = oneStart(rows, n, p, new Float64Array(rowsAt(rows, p, seeds)), options, context);
    if (best === undefined || found.objective < best.objective) best = found;
  }
  const { centres, ...rest } = best as JumpModel; // starts is at least 1
  return { ...rest, centres: centres.map((value, at) => value + (centre.mean[at % p] as number)) };
}

function oneStart(
  x: Float64Array,
  n: number,
  p: number,
  centres: Float64Array,
  { states: k, penalty, iterationsMaximum }: JumpOptions,
  context: FitContext,
): JumpModel {
  const reportWork = workReporterOf(context);
  let path = cheapestPath(losses(x, n, p, centres, k, reportWork), n, k, penalty);
  for (let iterations = 1; ; iterations++) {
    throwIfAborted(context);
    moveCentres(x, n, p, path.labels, centres);
    const next = cheapestPath(losses(x, n, p, centres, k, reportWork), n, k, penalty);
    const converged = next.labels.every((label, t) => label === path.labels[t]);
    path = next;
    if (converged || iterations === iterationsMaximum) return { ...path, centres, iterations, converged };
  }
}

/** [n,k] halved squared distances of the rows to the centres. */
function losses(
  x: Float64Array,
  n: number,
  p: number,
  centres: Float64Array,
  k: number,
  reportWork: WorkReporter,
): Float64Array {
  const out = new Float64Array(n * k);
  inBlocks(n, k * p, reportWork, (from, to) => {
    for (let t = from; t < to; t++)
      for (let s = 0; s < k; s++) out[t * k + s] = loss(x, t * p, centres, s * p, p);
  });
  return out;
}

function loss(x: ArrayLike<number>, at: number, centres: Float64Array, centre: number, p: number): number {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += ((x[at + j] as number) - (centres[centre + j] as number)) ** 2;
  return sum / 2;
}

/**
 * One observation [p] further: what the cheapest path costs that ends in each state [k], less the cheapest.
 * What a live detector runs; nothing after the observation plays into it.
 * @param previous the same before it, or null at first
 */
export function jumpStep(
  previous: Float64Array | null,
  centres: Float64Array,
  penalty: number,
  observation: ArrayLike<number>,
): Float64Array {
  const p = observation.length;
  const own = Float64Array.from({ length: centres.length / p }, (_, s) =>
    loss(observation, 0, centres, s * p, p),
  );
  // The cheapest so far is at 0, so a change costs the penalty and no more.
  const costs = own.map((each, s) => each + Math.min(previous?.[s] ?? 0, previous === null ? 0 : penalty));
  const cheapest = Math.min(...costs);
  return costs.map((cost) => cost - cheapest);
}

/** The cheapest path through losses [n,k] where each change of state costs `penalty`; of equals, staying. */
export function cheapestPath(own: Float64Array, n: number, k: number, penalty: number) {
  const costs = new Float64Array(n * k);
  const from = new Int32Array(n * k);
  let objective = 0;
  let cheapest = 0; // the state in which the row before is cheapest, at a cost of 0
  for (let t = 0; t < n; t++) {
    const row = t * k;
    for (let s = 0; s < k; s++) {
      const stay = t === 0 ? 0 : (costs[row - k + s] as number);
      const jumps = t > 0 && penalty < stay;
      from[row + s] = jumps ? cheapest : s;
      costs[row + s] = (own[row + s] as number) + (jumps ? penalty : stay);
    }
    cheapest = lowest(costs.subarray(row, row + k));
    const least = costs[row + cheapest] as number;
    for (let s = 0; s < k; s++) costs[row + s] = (costs[row + s] as number) - least;
    objective += least;
  }
  const labels = new Int32Array(n);
  for (let t = n - 1, state = cheapest; t >= 0; t--) {
    labels[t] = state;
    state = from[t * k + state] as number;
  }
  return { labels, costs, objective };
}

/** Centres [k,p] become the means of their rows; one without rows stays where it is. */
function moveCentres(x: Float64Array, n: number, p: number, labels: Int32Array, centres: Float64Array): void {
  const counts = new Float64Array(centres.length / p);
  const sums = new Float64Array(centres.length);
  for (let t = 0; t < n; t++) {
    const s = labels[t] as number;
    counts[s] = (counts[s] as number) + 1;
    for (let j = 0; j < p; j++) sums[s * p + j] = (sums[s * p + j] as number) + (x[t * p + j] as number);
  }
  sums.forEach((sum, at) => {
    const count = counts[Math.floor(at / p)] as number;
    if (count > 0) centres[at] = sum / count;
  });
}

function lowest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) < (values[best] as number)) best = i;
  return best;
}
