import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FilterModel, filterModel } from "../../engines/numerics/hmm/forward-filter.js";
import { forwardStep } from "../../engines/numerics/hmm/log-filter.js";
import type { Tensor } from "../../protocol/tensor.js";
import { goldenData, numbersOf, relativeError, runFit, tensor } from "../golden/golden.js";

function modelOf(outputs: Readonly<Record<string, Tensor>>, diagonal: boolean): FilterModel {
  const [k = 0, d = 0] = outputs.means?.shape ?? [];
  const floats = (name: string) => Float64Array.from(numbersOf(outputs, name));
  const transitions = { startprob: floats("startprob"), transmat: floats("transmat") };
  return filterModel({ k, d, diagonal, means: floats("means"), covars: floats("covars"), ...transitions });
}

const twoStates: FilterModel = filterModel({
  k: 2,
  d: 1,
  diagonal: true,
  means: Float64Array.of(0.05, -0.1),
  covars: Float64Array.of(0.4, 4),
  startprob: Float64Array.of(1, 0),
  transmat: Float64Array.of(0.98, 0.02, 0.05, 0.95),
});

describe("forwardStep", () => {
  it.each([
    ["regimes", { n_components: 2 }],
    ["regimes_pair", { n_components: 3, covariance_type: "full", n_iter: 40, random_state: 2 }],
    ["regimes_offset", { n_components: 2, n_iter: 20 }],
  ])("over %s gives the fit's filtered probabilities and likelihood", async (name, parameters) => {
    const X = tensor(goldenData(name));
    const outputs = await runFit("gaussian_hmm", { X }, parameters);
    const [n = 0, d = 0] = X.shape;
    const series = numbersOf({ X }, "X");
    const model = modelOf(outputs, !("covariance_type" in parameters));
    let state: Float64Array | null = null;
    let logLikelihood = 0;
    const filtered: number[] = [];
    for (let t = 0; t < n; t++) {
      const step = forwardStep(state, model, series.slice(t * d, t * d + d));
      state = step.logFiltered;
      logLikelihood += step.logLikelihood;
      filtered.push(...step.filtered);
    }
    // A mean near 1e8 is known to 1.5e-8 only; the fit itself knew it better.
    const tolerance = name === "regimes_offset" ? 1e-6 : 1e-10;
    expect(relativeError(filtered, numbersOf(outputs, "filtered"))).toBeLessThan(tolerance);
    expect(relativeError([logLikelihood], numbersOf(outputs, "log_likelihood"))).toBeLessThan(tolerance);
  });

  it("stays a distribution under any finite observation, from any state", () => {
    const observation = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, 1e6, -1e40, 1e154, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
    );
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 20 }), (values) => {
        let state: Float64Array | null = null;
        for (const value of values) {
          const step = forwardStep(state, twoStates, [value]);
          state = step.logFiltered;
          const [first = Number.NaN, second = Number.NaN] = step.filtered;
          expect(first + second).toBeCloseTo(1, 12);
          expect(Math.min(first, second)).toBeGreaterThanOrEqual(0);
          expect(step.logLikelihood).toBeLessThan(5);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("takes an outlier for the turbulent state, unless that was impossible", () => {
    const calm = Float64Array.of(0.999, 0.001).map(Math.log);
    expect(forwardStep(calm, twoStates, [1e100]).filtered[1]).toBe(1);
    expect([...forwardStep(null, twoStates, [1e100]).filtered]).toEqual([1, 0]);
  });

  it("refuses what is not finite or of another size", () => {
    expect(() => forwardStep(null, twoStates, [Number.NaN])).toThrow(/values: column 0/);
    expect(() => forwardStep(null, twoStates, [1, 2])).toThrow(/2 numbers, not 1/);
  });
});
