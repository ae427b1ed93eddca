import { describe, expect, it } from "vitest";
import { filterModel } from "../../engines/numerics/hmm/forward-filter.js";
import { forwardStep } from "../../engines/numerics/hmm/log-filter.js";
import {
  expectGolden,
  type Golden,
  goldenHmmZeros,
  type HmmCase,
  numbersOf,
  relativeError,
  runFit,
  tensor,
} from "../golden/golden.js";

const { apply, fit } = goldenHmmZeros();

function tensors(golden: Readonly<Record<string, Golden>>) {
  return Object.fromEntries(Object.entries(golden).map(([name, value]) => [name, tensor(value)]));
}

function numbers({ inputs, expected }: HmmCase, name: string): Float64Array {
  return Float64Array.from((inputs[name] ?? expected[name])?.data ?? []);
}

/** Rows [from, to) of a golden [n,k]. */
function rows({ shape: [, k = 0], data }: Golden, from: number, to: number): Golden {
  return { shape: [to - from, k], data: data.slice(from * k, to * k) };
}

describe("hidden Markov models with exact zeros", () => {
  it.each(apply)("gaussian_hmm.apply gives the sum over all paths: $name", async ({ inputs, expected }) => {
    expectGolden(await runFit("gaussian_hmm.apply", tensors(inputs), {}), expected, 1e-9);
  });

  it.each(fit)("gaussian_hmm learns what hmmlearn learns: $name", async ({ inputs, expected }) => {
    const [k = 0] = inputs.means?.shape ?? [];
    const parameters = { n_components: k, covariance_type: "full", n_iter: 20, order: "none" };
    const outputs = await runFit("gaussian_hmm", tensors(inputs), parameters);
    expectGolden(outputs, expected, 1e-9);
  });

  it.each(apply)("the detector's filter gives the same, row by row: $name", (golden) => {
    const [k = 0, d = 0] = golden.inputs.means?.shape ?? [];
    const model = filterModel({
      k,
      d,
      diagonal: false,
      means: numbers(golden, "means"),
      covars: numbers(golden, "covars"),
      startprob: numbers(golden, "startprob"),
      transmat: numbers(golden, "transmat"),
    });
    let state: Float64Array | null = null;
    let logLikelihood = 0;
    const filtered: number[] = [];
    for (const value of numbers(golden, "X")) {
      const step = forwardStep(state, model, [value]);
      state = step.logFiltered;
      logLikelihood += step.logLikelihood;
      filtered.push(...step.filtered);
    }
    expect(relativeError(filtered, [...numbers(golden, "filtered")])).toBeLessThan(1e-9);
    expect(relativeError([logLikelihood], [...numbers(golden, "log_likelihood")])).toBeLessThan(1e-12);
  });

  // Of "identity" the first row leaves a state at 1e-348, which no double on the wire can say.
  const sayable = apply.filter(({ name }) => name !== "identity");
  it.each(sayable)("gaussian_hmm.update goes on from the first row: $name", async ({ inputs, expected }) => {
    const { startprob, X, ...attributes } = inputs;
    const { filtered } = expected;
    if (startprob === undefined || X === undefined || filtered === undefined) throw new Error("no such case");
    const [n = 0] = X.shape;
    const first = { ...attributes, startprob, X: rows(X, 0, 1) };
    const before = await runFit("gaussian_hmm.apply", tensors(first), {});
    const { filtered: last } = before;
    if (last === undefined) throw new Error("no filtered");
    const rest = { ...tensors({ ...attributes, X: rows(X, 1, n) }), filtered: last };
    const after = await runFit("gaussian_hmm.update", rest, {});
    expectGolden(after, { filtered: rows(filtered, 1, n) }, 1e-9);
    const both = numbersOf(before, "log_likelihood").concat(numbersOf(after, "log_likelihood"));
    const sum = both.reduce((total, value) => total + value, 0);
    expect(relativeError([sum], [...(expected.log_likelihood?.data ?? [])])).toBeLessThan(1e-9);
  });

  it("a state that nothing leads to is never quite forgotten", async () => {
    // 1e-9000 for state 0 after the second row, and no way back to it but from itself.
    const inputs = {
      transmat: tensor({ shape: [2, 2], data: [0.5, 0.5, 0, 1] }),
      means: tensor({ shape: [2, 1], data: [0, 200] }),
      covars: tensor({ shape: [2, 1, 1], data: [1, 1] }),
      filtered: tensor({ shape: [1, 2], data: [1, 0] }),
    };
    const update = (X: Golden) => runFit("gaussian_hmm.update", { ...inputs, X: tensor(X) }, {});
    const away = numbersOf(await update({ shape: [2, 1], data: [0, 200] }), "filtered");
    expect(away[2]).toBe(Number.MIN_VALUE);
    const back = numbersOf(await update({ shape: [4, 1], data: [0, 200, 0, 0] }), "filtered");
    expect(back.slice(6)).toEqual([1, expect.closeTo(0, 12)]);
  });
});

describe("the start of a fit", () => {
  const right = {
    startprob: { shape: [2], data: [0.5, 0.5] },
    transmat: { shape: [2, 2], data: [0.9, 0.1, 0.2, 0.8] },
    means: { shape: [2, 1], data: [0, 4] },
    covars: { shape: [2, 1, 1], data: [1, 1] },
    X: { shape: [5, 1], data: [0, 0.5, 4, 4.5, 3] },
  };
  const parameters = { n_components: 2 };

  it.each([
    ["startprob", { shape: [2], data: [0, 0] }],
    ["startprob", { shape: [2], data: [1, 1] }],
    ["startprob", { shape: [2], data: [1.5, -0.5] }],
    ["startprob", { shape: [2], data: [Number.NaN, 1] }],
    ["startprob", { shape: [3], data: [0.5, 0.5, 0] }],
    ["transmat", { shape: [2, 2], data: [0, 0, 0.2, 0.8] }],
    ["transmat", { shape: [2, 2], data: [0.9, 0.2, 0.2, 0.8] }],
    ["transmat", { shape: [2, 2], data: [1.5, -0.5, 0.2, 0.8] }],
    ["transmat", { shape: [2, 2], data: [Number.NaN, 0.5, 0.2, 0.8] }],
    ["transmat", { shape: [1, 4], data: [0.9, 0.1, 0.2, 0.8] }],
    ["means", { shape: [2, 1], data: [0, Number.POSITIVE_INFINITY] }],
    ["covars", { shape: [2], data: [1, 1] }],
    ["covars", { shape: [2, 1, 1], data: [1, -1] }],
  ])("is refused by the name of %s where it is %o", async (name, wrong) => {
    const refusal = runFit("gaussian_hmm", tensors({ ...right, [name]: wrong }), parameters);
    await expect(refusal).rejects.toThrow(new RegExp(`^inputs\\.${name}`));
    const { converged } = await runFit("gaussian_hmm", tensors(right), parameters);
    expect(converged).toBeDefined();
  });
});
