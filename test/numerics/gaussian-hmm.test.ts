import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainKernels } from "../../engines/kernels/index.js";
import { expect as expectation } from "../../engines/numerics/hmm/baum-welch.js";
import { allocateExpectation } from "../../engines/numerics/hmm/expectation.js";
import { filterModel } from "../../engines/numerics/hmm/forward-filter.js";
import { gaussianHmm, type HmmOptions } from "../../engines/numerics/hmm/gaussian-hmm.js";
import type { HmmPriors } from "../../engines/numerics/hmm/learning.js";
import { viterbi } from "../../engines/numerics/hmm/viterbi.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import {
  expectGolden,
  goldenCases,
  goldenData,
  matrix,
  numbersOf,
  runFit,
  tensor,
} from "../golden/golden.js";

const context = { kernels: createPlainKernels(), aborted: () => false };

/** Priors that change nothing. */
function noPriors(k: number, d: number): HmmPriors {
  return {
    startprob: new Float64Array(k).fill(1),
    transmat: new Float64Array(k * k).fill(1),
    means: new Float64Array(k * d),
    meansWeight: new Float64Array(k * d),
    covars: new Float64Array(k * d * d),
    covarsWeight: 1,
  };
}

const options: HmmOptions = {
  states: 2,
  covarianceKind: "diag",
  params: "stmc",
  covarianceMinimum: 1e-3,
  priors: noPriors(2, 2),
  iterationsMaximum: 25,
  tolerance: Number.NEGATIVE_INFINITY,
  order: "variance",
  initTransmat: "dirichlet",
  randomState: 0,
};

describe("gaussian_hmm", () => {
  for (const { data, expected, parameters } of goldenCases("gaussian_hmm")) {
    it(`gives hmmlearn's numbers for ${data} ${JSON.stringify(parameters)}`, async () => {
      expectGolden(await runFit("gaussian_hmm", { X: tensor(goldenData(data)) }, parameters), expected, 1e-9);
    });
  }

  it("never loses likelihood, whatever the seed, in every covariance type", async () => {
    const { data } = goldenData("regimes_pair");
    const x = Float64Array.from(data.slice(0, 300));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(50),
        fc.constantFrom("full", "tied", "diag", "spherical"),
        fc.integer({ min: 1, max: 4 }),
        async (seed, covarianceKind, states) => {
          const { history } = await gaussianHmm(
            x,
            150,
            2,
            { ...options, covarianceKind, states, priors: noPriors(states, 2), randomState: seed },
            context,
          );
          expect(history).toHaveLength(25);
          history.slice(1).forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual((history[i] ?? Number.NaN) - 1e-8);
          });
        },
      ),
      { seed: 1, numRuns: 15 },
    );
  });

  it("finds the two regimes it was drawn from, the calm one first", async () => {
    const X = tensor(goldenData("regimes"));
    const parameters = { n_components: 2, n_iter: 200, tol: 1e-6, init_transmat: "sticky" };
    const outputs = await runFit("gaussian_hmm", { X }, parameters);
    const [calm = Number.NaN, turbulent = Number.NaN] = numbersOf(outputs, "covars").map(Math.sqrt);
    expect(calm).toBeGreaterThan(0.5);
    expect(calm).toBeLessThan(0.7);
    expect(turbulent).toBeGreaterThan(1.9);
    expect(turbulent).toBeLessThan(2.5);
    expect(numbersOf(outputs, "converged")).toEqual([1]);
  });

  it("answers probabilities", async () => {
    const X = tensor(goldenData("regimes_pair"));
    const outputs = await runFit("gaussian_hmm", { X }, { n_components: 3 });
    for (const name of ["startprob", "transmat", "filtered", "smoothed"]) {
      const rows = numbersOf(outputs, name);
      expect(rows.length % 3).toBe(0);
      for (let i = 0; i < rows.length; i += 3) {
        expect(rows.slice(i, i + 3).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 10);
      }
    }
  });

  it("tells when the iterations ran out", async () => {
    const X = tensor(goldenData("regimes"));
    const outputs = await runFit("gaussian_hmm", { X }, { n_components: 2, n_iter: 2, tol: 1e-9 });
    expect([numbersOf(outputs, "n_iter"), numbersOf(outputs, "converged")]).toEqual([[2], [0]]);
  });

  it("refuses too few rows, and tells which parameter makes a state collapse", async () => {
    const refusal = runFit("gaussian_hmm", { X: matrix([[1]]) });
    await expect(refusal).rejects.toThrow(/inputs\.X: 1 rows; 1 states need at least 2/);
    const X = matrix([
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
    const collapsing = {
      n_components: 2,
      covariance_type: "full",
      covars_prior: 0,
      min_covar: 0,
      n_iter: 50,
    };
    const outcome = await runFit("gaussian_hmm", { X }, collapsing).catch((error: Error) => error.message);
    if (typeof outcome === "string") expect(outcome).toMatch(/parameters\.covariance_type/);
    else expect(numbersOf(outcome, "log_likelihood").every(Number.isFinite)).toBe(true);
  });
});

describe("hmmlearn's umbrella example", () => {
  // Emissions [.9 .1] and [.2 .8] as Gaussian densities: column 0 gives each state its odds of 0 against 1,
  // column 1, always 0, the odds of 4.5 between the states at 0; a common factor is taken out again.
  const rainy = 0.5 - Math.log(9);
  const sunny = 0.5 - Math.log(0.25);
  const apart = Math.sqrt(2 * Math.log(4.5) - (sunny * sunny - rainy * rainy));
  const model = filterModel({
    k: 2,
    d: 2,
    diagonal: true,
    means: Float64Array.of(rainy, 0, sunny, apart),
    covars: Float64Array.of(1, 0, 0, 1, 1, 0, 0, 1),
    startprob: Float64Array.of(0.5, 0.5),
    transmat: Float64Array.of(0.7, 0.3, 0.3, 0.7),
  });
  const x = Float64Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0);
  const factor = -Math.log(2 * Math.PI) - (rainy * rainy) / 2 - Math.log(0.9);

  it("has its log-probability and smoothed states", () => {
    const out = allocateExpectation(5, 2);
    expect(expectation(x, 5, model, out) - 5 * factor).toBeCloseTo(-3.3725, 4);
    const rain = [0.8673, 0.8204, 0.3075, 0.8204, 0.8673];
    rain.forEach((value, t) => {
      expect(out.smoothed[2 * t]).toBeCloseTo(value, 4);
    });
  });

  it("has its Viterbi path", () => {
    const { states, logProbability } = viterbi(x, 5, model);
    expect([...states]).toEqual([0, 0, 1, 0, 0]);
    expect(logProbability - 5 * factor).toBeCloseTo(-4.459, 3);
  });
});

describe("a series drawn from one Gaussian", () => {
  it("has a one-state fit with the sample's moments", async () => {
    const random = new RandomState(5);
    const x = Float64Array.from({ length: 200 }, () => 3 + 2 * random.normal());
    const { parameters, filtered } = await gaussianHmm(
      x,
      200,
      1,
      { ...options, states: 1, priors: noPriors(1, 1) },
      context,
    );
    const mean = x.reduce((sum, value) => sum + value / 200, 0);
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2 / 200, 0);
    expect(parameters.means[0]).toBeCloseTo(mean, 12);
    expect(parameters.covars[0]).toBeCloseTo(variance, 12);
    expect(filtered.every((value) => value === 1)).toBe(true);
  });
});
