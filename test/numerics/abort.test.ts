import { afterAll, describe, expect, it } from "vitest";
import { createOrtKernels, workPerReport } from "../../engines/kernels/index.js";
import { type FitContext, watchedContext } from "../../engines/numerics/fit.js";
import { allFits, estimators } from "../../engines/numerics/index.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import type { Parameters } from "../../engines/servable.js";
import type { Tensor } from "../../protocol/tensor.js";
import { tensor } from "../golden/golden.js";

const kernels = createOrtKernels({ threads: 1 });
afterAll(() => kernels.destroy());

interface Case {
  readonly fit: string;
  readonly n: number;
  readonly p: number;
  readonly parameters?: Parameters;
  /** Multiply-adds that the algorithm needs, by its own formula: less than these cannot have been told. */
  readonly least: number;
  readonly more?: Readonly<Record<string, Tensor>>;
}

/** Regimes far apart, all numbers above 0. */
function samples(n: number, p: number): Tensor {
  const random = new RandomState(1);
  const data = Array.from({ length: n * p }, (_, at) => {
    const level = 3 * (Math.floor(at / p / 50) % 2);
    return level + Math.abs(random.normal()) + 0.1;
  });
  return tensor({ shape: [n, p], data });
}

function unit(k: number): number[] {
  return Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? 1 : 0));
}

const absorbing = {
  startprob: tensor({ shape: [2], data: [1, 0] }),
  transmat: tensor({ shape: [2, 2], data: [0.99, 0.01, 0, 1] }),
  means: tensor({ shape: [2, 2], data: [1, 1, 4, 4] }),
  covars: tensor({ shape: [2, 2, 2], data: [...unit(2), ...unit(2)] }),
};
function single(n: number): Tensor {
  return { datatype: "INT32", shape: [n], data: new Int32Array(n).fill(1) };
}
const square = { mean: 1, p: 320 };

const cases: readonly Case[] = [
  // A square is reduced to a bidiagonal matrix: four steps for each number that is left of it.
  { fit: "pca", n: 300, p: 300, parameters: { svd_solver: "full" }, least: (4 * 300 ** 3) / 3 },
  { fit: "pca", n: 900, p: 400, parameters: { svd_solver: "full" }, least: 400 ** 3 / 2 },
  { fit: "pca", n: 900, p: 400, parameters: { svd_solver: "covariance_eigh" }, least: 400 ** 3 / 2 },
  // Minka's evidence looks at p³/3 pairs of variances.
  {
    fit: "pca",
    n: 900,
    p: 200,
    parameters: { svd_solver: "full", n_components: "mle" },
    least: 200 ** 3 / 2 + (16 * 200 ** 3) / 3,
  },
  {
    fit: "pca",
    n: 600,
    p: 900,
    parameters: { svd_solver: "randomized", n_components: 100, n_oversamples: 50 },
    least: 5 * 2 * 150 ** 2 * 600,
  },
  { fit: "kmeans", n: 20_000, p: 4, parameters: { n_clusters: 60, n_init: 1 }, least: 20_000 * 4 * 60 },
  { fit: "kmeans", n: 400, p: 50, parameters: { n_clusters: 390, n_init: 1 }, least: 400 * 50 * 390 },
  ...["empirical_covariance", "ledoit_wolf", "oas"].map((fit) => ({
    fit,
    n: 900,
    p: 500,
    least: 500 ** 3 / 3,
  })),
  {
    fit: "gaussian_mixture",
    n: 5000,
    p: 5,
    parameters: { n_components: 4, tol: 0, max_iter: 20 },
    least: 20 * 5000 * 4 * 15 * 2,
  },
  {
    fit: "gaussian_mixture",
    n: 1200,
    p: 300,
    parameters: { reg_covar: 0.1, max_iter: 1 },
    least: 300 ** 3 / 3,
  },
  {
    fit: "gaussian_hmm",
    n: 5000,
    p: 2,
    parameters: { n_components: 4, n_iter: 40, tol: -1e9 },
    least: 40 * 5000 * 3 * 16,
  },
  {
    fit: "gaussian_hmm",
    n: 5000,
    p: 2,
    parameters: { n_components: 2, n_iter: 40, tol: -1e9, covariance_type: "full" },
    more: absorbing,
    least: 40 * 5000 * 3 * 4 * 8,
  },
  // Sequences of a row each: their starts and ends cost what their rows would.
  {
    fit: "gaussian_hmm",
    n: 5000,
    p: 2,
    parameters: { n_components: 2, n_iter: 40, tol: -1e9, covariance_type: "tied" },
    more: { ...absorbing, lengths: single(5000) },
    least: 40 * 5000 * (4 + 2 * 3 + 2 * 3),
  },
  {
    fit: "gaussian_hmm.apply",
    n: 60_000,
    p: 2,
    more: { ...absorbing, lengths: single(60_000) },
    least: 60_000 * 2 * (4 + 2 * 3),
  },
  {
    fit: "isolation_forest",
    n: 4000,
    p: 3,
    parameters: { n_estimators: 100, max_samples: 1 },
    least: 100 * 4000 * 12 * 8,
  },
  { fit: "isolation_forest", n: 40_000, p: 1, parameters: { n_estimators: 2, max_samples: 1 }, least: 1e7 },
  { fit: "monte_carlo_var", n: 300, p: 10, parameters: { n_paths: 500_000 }, least: 5_000_000 },
  { fit: "regime_features", n: 9000, p: 1, parameters: { window: 4000 }, least: 5000 * 4000 * 8 },
  { fit: "factor_risk", n: 900, p: 400, least: 400 ** 3 / 2 },
  { fit: "dbscan", n: 6000, p: 3, parameters: { eps: 0.2 }, least: 1e6 },
  { fit: "fast_ica", n: 5000, p: 8, parameters: { tol: 0, max_iter: 40 }, least: 40 * 5000 * 8 * 16 },
  { fit: "fast_ica", n: 400, p: 120, parameters: { tol: 0, max_iter: 10 }, least: 10 * 400 * 120 * 16 },
  { fit: "nmf", n: 500, p: 80, parameters: { n_components: 20, tol: 0 }, least: 200 * 580 * 20 * 20 },
  {
    fit: "nmf",
    n: 500,
    p: 80,
    parameters: { n_components: 20, solver: "mu", tol: 0 },
    least: 200 * 580 * 20 * 20,
  },
  { fit: "jump_model", n: 20_000, p: 4, parameters: { n_components: 4, n_init: 4 }, least: 4 * 20_000 * 16 },
  { fit: "gaussian_hmm.apply", n: 60_000, p: 2, more: absorbing, least: 60_000 * 2 * 4 * 8 },
  {
    fit: "gaussian_hmm.update",
    n: 60_000,
    p: 2,
    more: { ...absorbing, filtered: tensor({ shape: [1, 2], data: [1, 0] }) },
    least: 60_000 * 4 * 8,
  },
  {
    fit: "ledoit_wolf.apply",
    n: 10,
    p: square.p,
    more: {
      location: tensor({ shape: [square.p], data: new Array(square.p).fill(0) }),
      covariance: tensor({ shape: [square.p, square.p], data: unit(square.p) }),
    },
    least: square.p ** 3 / 2,
  },
];

/** Every fit in small: it counts at least a step for each row. */
const examples: readonly Case[] = estimators.map(({ fit, example }) => ({
  fit: fit.signature.name,
  n: 600,
  p: 4,
  parameters: example,
  least: 600,
}));

interface Watched {
  /** Work told between two looks at most, and in one call. */
  readonly gap: number;
  readonly largest: number;
  readonly total: number;
  readonly looks: number;
  readonly afterwards: number;
  readonly code: string | undefined;
}

/** Runs with a flag that is up from look number `limit` on. */
async function watched(
  { fit: name, n, p, parameters = {}, more = {} }: Case,
  limit: number,
): Promise<Watched> {
  const fit = allFits.find(({ signature }) => signature.name === name);
  if (fit === undefined) throw new Error(`no fit ${name}`);
  let [looks, since, gap, largest, total, afterwards] = [0, 0, 0, 0, 0, 0];
  const context: FitContext = {
    kernels,
    aborted: () => {
      looks++;
      since = 0;
      return looks > limit;
    },
    worked: (operations) => {
      if (looks > limit) afterwards += operations;
      since += operations;
      total += operations;
      gap = Math.max(gap, since);
      largest = Math.max(largest, operations);
    },
  };
  const inputs = { ...more, X: samples(n, p) };
  const code = await fit.run(inputs, parameters, watchedContext(context)).then(
    () => undefined,
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
  return { gap, largest, total, looks, afterwards, code };
}

const named = [...examples, ...cases].map((each) => ({ ...each, name: `${each.fit} ${each.n}x${each.p}` }));

describe("a run that nobody waits for", () => {
  it.each(named)("$name looks at its flag once in so much work, and stops at any look", async (each) => {
    const whole = await watched(each, Number.POSITIVE_INFINITY);
    expect(whole.code).toBeUndefined();
    expect(whole.total).toBeGreaterThanOrEqual(each.least);
    expect(whole.largest).toBeLessThanOrEqual(workPerReport);
    expect(whole.gap).toBeLessThanOrEqual(2 * workPerReport);
    for (const limit of [0, Math.floor(whole.looks / 2), whole.looks - 1]) {
      const stopped = await watched(each, limit);
      expect(stopped).toMatchObject({ code: "cancelled", looks: limit + 1, afterwards: 0 });
    }
  });
});
