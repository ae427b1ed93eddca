/** A gaussian_hmm told more than its rows: kinds of covariance, sequences, starts in part, priors. */
import { describe, expect, it } from "vitest";
import type { Tensor } from "../../protocol/tensor.js";
import { rowsOf } from "../golden/applied.js";
import { expectGolden, type Golden, goldenHmmVariants, numbersOf, runFit, tensor } from "../golden/golden.js";

const { fit, apply } = goldenHmmVariants();

function tensors({ lengths, ...floats }: Readonly<Record<string, Golden>>): Record<string, Tensor> {
  const inputs = Object.fromEntries(Object.entries(floats).map(([name, value]) => [name, tensor(value)]));
  return lengths === undefined ? inputs : { ...inputs, lengths: counts(lengths.data) };
}

function counts(data: readonly number[]): Tensor {
  return { datatype: "INT64", shape: [data.length], data: BigInt64Array.from(data, BigInt) };
}

describe("gaussian_hmm learns what hmmlearn learns", () => {
  it.each(fit)("$name", async ({ rows, inputs, parameters = {}, expected }) => {
    const X = rowsOf("regimes_pair", ...rows);
    expectGolden(await runFit("gaussian_hmm", tensors({ ...inputs, X }), parameters), expected, 1e-9);
  });
});

describe("gaussian_hmm.apply reads with a model that was never fitted as hmmlearn does", () => {
  it.each(apply)("$name", async ({ rows, inputs, expected }) => {
    const X = rowsOf("regimes_pair", ...rows);
    expectGolden(await runFit("gaussian_hmm.apply", tensors({ ...inputs, X }), {}), expected, 1e-9);
  });
});

const model = {
  startprob: { shape: [2], data: [0.5, 0.5] },
  transmat: { shape: [2, 2], data: [0.9, 0.1, 0.2, 0.8] },
  means: { shape: [2, 2], data: [0, 0, 4, 4] },
  covars: { shape: [2, 2, 2], data: [1, 0, 0, 1, 1, 0, 0, 1] },
  X: { shape: [3, 2], data: [0, 0.5, 4, 4.5, 3, 3] },
};

describe("several sequences", () => {
  it("are each what they are alone, though they share transitions of zero", async () => {
    const absorbing = { ...model, transmat: { shape: [2, 2], data: [0.9, 0.1, 0, 1] } };
    const [first, second] = [
      [0, 0.5, 4, 4.5],
      [3, 3],
    ];
    const alone = async (data: number[]) => {
      return runFit(
        "gaussian_hmm.apply",
        tensors({ ...absorbing, X: { shape: [data.length / 2, 2], data } }),
      );
    };
    const parts = [await alone(first), await alone(second)];
    const together = await runFit("gaussian_hmm.apply", {
      ...tensors(absorbing),
      lengths: counts([2, 1]),
    });
    for (const name of ["filtered", "smoothed", "states"])
      expect(numbersOf(together, name)).toEqual(parts.flatMap((part) => numbersOf(part, name)));
    for (const name of ["log_likelihood", "path_log_likelihood"])
      expect(numbersOf(together, name)[0]).toBeCloseTo(
        parts.reduce((sum, part) => sum + (numbersOf(part, name)[0] ?? Number.NaN), 0),
        12,
      );
  });

  it("of one row each have no transitions to learn from: those stay, and all else is learned", async () => {
    const X = {
      shape: [20_000, 1],
      data: Array.from({ length: 20_000 }, (_, i) => (i % 2) * 4 + (i % 7) / 7),
    };
    const outputs = await runFit(
      "gaussian_hmm",
      { ...tensors({ X, transmat: model.transmat }), lengths: counts(new Array(20_000).fill(1)) },
      { n_components: 2, order: "none" },
    );
    expect(numbersOf(outputs, "transmat")).toEqual(model.transmat.data);
    expect(numbersOf(outputs, "startprob")[0]).toBeCloseTo(0.5, 2);
  });

  it.each([
    [[1, 1], "they add up to 2, X has 3 rows"],
    [[2, 2], "they add up to 4, X has 3 rows"],
    [[3, 0], "sequence 1 has 0 rows; each has at least 1"],
    [[4, -1], "sequence 1 has -1 rows; each has at least 1"],
    [[1, 1, 1, 0], "4 sequences, X has 3 rows; each has at least 1"],
  ])("of %o rows are refused by the name lengths", async (lengths, message) => {
    for (const name of ["gaussian_hmm", "gaussian_hmm.apply"]) {
      const parameters = name === "gaussian_hmm" ? { n_components: 2 } : {};
      const refusal = runFit(name, { ...tensors(model), lengths: counts(lengths) }, parameters);
      await expect(refusal).rejects.toThrow(`inputs.lengths: ${message}`);
    }
  });
});

describe("what a gaussian_hmm is told", () => {
  const parameters = { n_components: 2, covariance_type: "tied" };

  it.each([
    ["tied", [1, 0, 0, 1, 2, 0, 0, 1], /^inputs\.covars: of covariance_type tied has one matrix .* state 1/],
    ["diag", [1, 0.1, 0.1, 1, 1, 0, 0, 1], /^inputs\.covars: of covariance_type diag has only variances/],
    ["spherical", [1, 0, 0.1, 1, 1, 0, 0, 1], /^inputs\.covars: of covariance_type spherical has only/],
    ["full", [1, 0, 0, -1, 1, 0, 0, 1], /^inputs\.covars: state 0, column 1: the variance -1 is below 0/],
  ])("is refused where covars are none of %s", async (covariance_type, data, message) => {
    const inputs = tensors({ ...model, covars: { shape: [2, 2, 2], data } });
    const refusal = runFit("gaussian_hmm", inputs, { n_components: 2, covariance_type });
    await expect(refusal).rejects.toThrow(message);
  });

  it("is refused by apply where a variance is below 0, in matrices and alone", async () => {
    for (const covars of [
      { shape: [2, 2], data: [1, 1, 1, -2] },
      { shape: [2, 2, 2], data: [1, 0, 0, 1, 1, 0, 0, -2] },
    ]) {
      const refusal = runFit("gaussian_hmm.apply", tensors({ ...model, covars }));
      await expect(refusal).rejects.toThrow("inputs.covars: state 1, column 1: the variance -2 is below 0");
    }
  });

  it("is refused where variances alone would make matrices that no tensor holds", async () => {
    const p = 5000;
    const wide = (k: number) => ({ shape: [k, p], data: new Array(k * p).fill(1) });
    const inputs = tensors({ ...model, means: wide(2), covars: wide(2), X: wide(1) });
    await expect(runFit("gaussian_hmm.apply", inputs)).rejects.toThrow(
      /^inputs\.covars: whole matrices \[2,25000000\] would have more than/,
    );
  });

  it.each([
    ["startprob_prior", { shape: [2], data: [1, -1] }],
    ["transmat_prior", { shape: [2], data: [1, 1] }],
    ["means_prior", { shape: [2], data: [1, 1] }],
    ["means_weight", { shape: [2, 2], data: [1, 1, 1, -1] }],
    ["covars_prior", { shape: [2, 2], data: [1, 1, -1, 1] }],
    ["covars_prior", { shape: [4], data: [1, 1, 1, 1] }],
  ])("is refused by the name %s where a prior is %o", async (name, wrong) => {
    const refusal = runFit("gaussian_hmm", tensors({ ...model, [name]: wrong }), parameters);
    await expect(refusal).rejects.toThrow(new RegExp(`^inputs\\.${name}:`));
  });

  it("needs no more rows than it has to make a start of", async () => {
    const { X, means, ...others } = model;
    const two = { shape: [1, 2], data: [0, 1] };
    const given = { ...others, means, X: two };
    const learned = await runFit("gaussian_hmm", tensors(given), { n_components: 2, params: "st" });
    expect(numbersOf(learned, "startprob")[0]).toBeGreaterThan(0.99);
    const refusal = runFit("gaussian_hmm", tensors({ ...others, X: two }), { n_components: 2 });
    await expect(refusal).rejects.toThrow("inputs.X: 1 rows; 2 states need at least 2");
    expect(X.shape).toEqual([3, 2]);
  });

  it("has no spherical start where the covariances outweigh the variances", async () => {
    const X = { shape: [3, 2], data: [0, 0, 1, -1, 2, -2] };
    const refusal = runFit("gaussian_hmm", tensors({ X }), { covariance_type: "spherical", min_covar: 0 });
    await expect(refusal).rejects.toThrow(/^parameters\.covariance_type: spherical starts at the mean/);
  });
});
