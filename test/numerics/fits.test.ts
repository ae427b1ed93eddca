/** What every fit promises, whatever it computes. */
import { describe, expect, it } from "vitest";
import { createGpujsKernels, createPlainKernels } from "../../engines/kernels/index.js";
import { estimators, fits } from "../../engines/numerics/index.js";
import { DeviationCheck } from "../../load-tests/gpu/deviation-check.js";
import { checkFit, fitCases } from "../../load-tests/gpu/fit-cases.js";
import { goldenData, matrix, numbersOf, relativeError, runFit, tensor } from "../golden/golden.js";

it("each has a name of its own", () => {
  const names = fits.map(({ signature }) => signature.name);
  expect(new Set(names).size).toBe(names.length);
});

const named = estimators.map((estimator) => [estimator.fit.signature.name, estimator] as const);

describe.each(named)("%s", (name, { fit: { signature }, example: parameters, shiftInvariant }) => {
  const holes = signature.inputs.some((input) => input.name === "X" && input.allowNonFinite === true);

  it("answers with what its signature describes, in the input's datatype", async () => {
    for (const datatype of ["FP64", "FP32"] as const) {
      const { shape, data } = goldenData("wine");
      // Some outputs stand only beside missing numbers.
      const X = tensor({ shape, data: holes ? data.with(3, Number.NaN) : data }, datatype);
      const outputs = await runFit(name, { X }, parameters);
      const sizes = new Map<string, number>([
        ["n", 178],
        ["p", 13],
      ]);
      for (const spec of signature.outputs) {
        const output = outputs[spec.name];
        if (output === undefined) throw new Error(`no output ${spec.name}`);
        const wanted = spec.datatypes.includes("FP32") ? datatype : spec.datatypes[0];
        expect(output.datatype, spec.name).toBe(wanted);
        expect(output.shape, spec.name).toHaveLength(spec.shape.length);
        spec.shape.forEach((dim, axis) => {
          const size = output.shape[axis] ?? -1;
          if (typeof dim === "string") expect(size, `${spec.name} ${dim}`).toBe(sizes.get(dim) ?? size);
          if (typeof dim === "string") sizes.set(dim, size);
        });
        expect(output.data.length, spec.name).toBe(output.shape.reduce((count, size) => count * size, 1));
      }
      expect(Object.keys(outputs).sort()).toEqual(signature.outputs.map((spec) => spec.name).sort());
    }
  });

  it("has defaults that its own constraints allow, and a precision parameter", () => {
    expect(signature.kind).toBe("fit");
    expect(signature.parameters.map((spec) => spec.name)).toContain("precision");
    expect(new Set(signature.parameters.map((spec) => spec.name)).size).toBe(signature.parameters.length);
  });

  it.runIf(holes)("leaves missing numbers out: each output is a number", async () => {
    const rows = [1, 2, 3, 4].map((value) => [value, value ** 2, value % 2]);
    const outputs = await runFit(name, { X: matrix([...rows, [Number.NaN, 3, Number.NaN]]) }, parameters);
    for (const output of Object.keys(outputs))
      expect(numbersOf(outputs, output).every(Number.isFinite), output).toBe(true);
  });

  it.each([
    ...(holes ? [] : [[Number.NaN, /inputs\.X: column 1 has NaN at row 2/] as const]),
    [Number.POSITIVE_INFINITY, /inputs\.X: column 1 has an infinity at row 2/] as const,
    [Number.NEGATIVE_INFINITY, /inputs\.X: column 1 has an infinity at row 2/] as const,
  ])("refuses %d and names its column", async (bad, problem) => {
    const rows = [
      [1, 2],
      [3, 4],
      [5, bad],
      [7, 8.5],
      [Number.NaN, 1],
    ];
    await expect(runFit(name, { X: matrix(rows) }, parameters)).rejects.toThrow(problem);
    await expect(runFit(name, { X: matrix(rows, "FP32") }, parameters)).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("refuses what is no matrix of floats, and parameters it does not know", async () => {
    const flat = tensor({ shape: [4], data: [1, 2, 3, 4] });
    await expect(runFit(name, { X: flat }, parameters)).rejects.toThrow(/inputs\.X: shape/);
    const integers = { datatype: "INT32", shape: [2, 1], data: Int32Array.of(1, 2) } as const;
    await expect(runFit(name, { X: integers }, parameters)).rejects.toThrow(/inputs\.X: datatype INT32/);
    await expect(runFit(name, {}, parameters)).rejects.toThrow(/inputs\.X: missing/);
    const X = tensor(goldenData("iris"));
    await expect(runFit(name, { X }, { ...parameters, n_cluster: 1 })).rejects.toThrow(
      /parameters\.n_cluster/,
    );
    await expect(runFit(name, { X }, { ...parameters, precision: "FP16" })).rejects.toThrow(
      /parameters\.precision/,
    );
  });

  it("gives the same bits again, and leaves its input alone", async () => {
    const X = tensor(goldenData("wine"));
    const before = numbersOf({ X }, "X");
    const first = await runFit(name, { X }, parameters);
    expect(await runFit(name, { X }, parameters)).toEqual(first);
    expect(numbersOf({ X }, "X")).toEqual(before);
  });

  it.skipIf(shiftInvariant.length === 0)(
    "survives an offset of 1e8: what does not move with it stays",
    async () => {
      const near = await runFit(name, { X: tensor(shifted(0)) }, parameters);
      const far = await runFit(name, { X: tensor(shifted(1e8)) }, parameters);
      for (const output of shiftInvariant)
        expect(relativeError(numbersOf(far, output), numbersOf(near, output)), output).toBeLessThan(1e-9);
    },
  );

  it("stops when nobody waits any more", async () => {
    const stopped = runFit(name, { X: tensor(goldenData("wine")) }, parameters, () => true);
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
  });
});

/** Iris in steps of 1/64 with an offset: every number is exact in float64, with the offset too. */
function shifted(offset: number) {
  const { data, shape } = goldenData("iris");
  return { shape, data: data.map((value) => offset + Math.round(value * 64) / 64) };
}

it.each([
  ["ledoit_wolf", 2, 5000, {}, /inputs\.X: the covariance \[5000,5000\]/],
  ["pca", 2, 5000, { svd_solver: "covariance_eigh" }, /inputs\.X: the Gram matrix \[5000,5000\]/],
  ["gaussian_hmm", 17_000, 1, { n_components: 1000 }, /parameters\.n_components: probabilities/],
  ["gaussian_hmm", 2, 5000, { covariance_type: "full" }, /parameters\.n_components: covars/],
  ["gaussian_mixture", 2, 5000, {}, /parameters\.n_components: covariances/],
  ["gaussian_mixture", 5000, 1, { n_components: 5000 }, /parameters\.n_components: responsibilities/],
  ["fast_ica", 2, 5000, { whiten_solver: "eigh" }, /inputs\.X: the Gram matrix/],
  ["nmf", 2, 5000, { n_components: 5000 }, /parameters\.n_components: factors/],
] as const)("%s of %ix%i is refused before it takes the memory", async (name, n, p, parameters, problem) => {
  const X = tensor({ shape: [n, p], data: new Array(n * p).fill(1) });
  await expect(runFit(name, { X }, parameters)).rejects.toThrow(problem);
});

describe("FP32", () => {
  const named = fitCases.map((each) => [each.fit, each.data, each.parameters, each] as const);

  it.each(named)("%s of %s %j is right to 1e-4, on plain and on gpu.js kernels", async (_, __, ___, each) => {
    await checkFit(each, createPlainKernels(), new DeviationCheck(1e-4));
    const gpujs = await createGpujsKernels({ mode: "webasm" });
    await checkFit(each, gpujs, new DeviationCheck(1e-4));
    expect(gpujs.fallbacks).toEqual([]);
    await gpujs.destroy();
  });
});
