/** What holds for a fit and its application together, whatever the numbers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainKernels } from "../../engines/kernels/index.js";
import type { Fit } from "../../engines/numerics/fit.js";
import { applications, fits } from "../../engines/numerics/index.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import type { Parameters } from "../../engines/servable.js";
import type { Tensor } from "../../protocol/tensor.js";
import { rowsOf } from "../golden/applied.js";
import {
  expectGolden,
  type Golden,
  goldenData,
  matrix,
  numbersOf,
  relativeError,
  runFit,
  tensor,
} from "../golden/golden.js";

type Outputs = Readonly<Record<string, Tensor>>;

const context = { kernels: createPlainKernels(), aborted: () => false };

/** The outputs of a fit that an application of it takes. */
function taken(application: string, outputs: Outputs): Record<string, Tensor> {
  const fit = applications.find(({ signature }) => signature.name === application);
  const names = fit?.signature.inputs.map(({ name }) => name) ?? [];
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => names.includes(name)));
}

function rows(data: string, from = 0, to = goldenData(data).shape[0] ?? 0): Tensor {
  return tensor(rowsOf(data, from, to));
}

function golden(outputs: Outputs, name: string): Golden {
  return { shape: outputs[name]?.shape ?? [], data: numbersOf(outputs, name) };
}

async function applied(fit: string, data: string, parameters: Parameters, shared: Parameters = {}) {
  const X = rows(data);
  const fitted = await runFit(fit, { X }, parameters);
  const attributes = taken(`${fit}.apply`, fitted);
  return { X, fitted, attributes, outputs: await runFit(`${fit}.apply`, { ...attributes, X }, shared) };
}

it("takes attributes by the names and shapes of the fit's outputs, with its parameters", () => {
  for (const { signature } of applications) {
    const fit = fits.find((each) => each.signature.name === signature.name.replace(/\.\w+$/, ""))?.signature;
    const attributes = signature.inputs.filter(({ name }) => name !== "X" && name !== "lengths");
    for (const { name, shape, optional } of attributes) {
      const output = fit?.outputs.find((each) => each.name === name);
      expect(optional, `${signature.name} ${name}`).toBe(true);
      expect(shape, `${signature.name} ${name}`).toHaveLength(output?.shape.length ?? -1);
    }
    for (const parameter of signature.parameters.filter(({ name }) => name !== "inverse"))
      expect(
        fit?.parameters.find(({ name }) => name === parameter.name)?.default,
        `${signature.name} ${parameter.name}`,
      ).toBe(parameter.default);
  }
});

describe("on the rows of the fit itself", () => {
  it("kmeans.apply gives its labels and its inertia", async () => {
    for (const [data, parameters] of [
      ["iris", { n_clusters: 3 }],
      ["wine", { n_clusters: 3, random_state: 2 }],
      ["offset", { n_clusters: 4 }],
      ["duplicates", { n_clusters: 4 }],
    ] as const) {
      const { fitted, outputs } = await applied("kmeans", data, parameters);
      expect(numbersOf(outputs, "predict"), data).toEqual(numbersOf(fitted, "labels"));
      const [inertia = Number.NaN] = numbersOf(fitted, "inertia");
      expect(relativeError(numbersOf(outputs, "score"), [-inertia]), data).toBeLessThan(1e-9);
    }
  });

  it("gaussian_hmm.apply gives its filtered, smoothed, states and likelihood", async () => {
    for (const [data, parameters] of [
      ["regimes", { n_components: 2 }],
      ["regimes_pair", { n_components: 3, covariance_type: "full", random_state: 2 }],
    ] as const) {
      const { fitted, outputs } = await applied("gaussian_hmm", data, parameters);
      for (const name of ["filtered", "smoothed", "states", "log_likelihood"])
        expectGolden(outputs, { [name]: golden(fitted, name) }, 1e-9);
    }
  });

  it("standard_scaler.apply gives means of 0 and variances of 1, and back", async () => {
    const { X, attributes, outputs } = await applied("standard_scaler", "wine", {});
    const again = await runFit("standard_scaler", { X: outputs.transform as Tensor });
    expect(Math.max(...numbersOf(again, "mean").map(Math.abs))).toBeLessThan(1e-13);
    expect(relativeError(numbersOf(again, "var"), new Array(13).fill(1))).toBeLessThan(1e-12);
    const back = await runFit(
      "standard_scaler.apply",
      { ...attributes, X: outputs.transform as Tensor },
      { inverse: true },
    );
    expectGolden(back, { inverse_transform: golden({ X }, "X") }, 1e-12);
  });

  it("pca.apply gives the explained variances, or 1 when whitened, and back", async () => {
    for (const whiten of [false, true]) {
      const { X, fitted, attributes, outputs } = await applied("pca", "iris", {}, { whiten });
      const moments = await runFit("standard_scaler", { X: outputs.transform as Tensor });
      const expected = numbersOf(fitted, "explained_variance").map(
        (value) => ((whiten ? 1 : value) * 149) / 150,
      );
      expect(relativeError(numbersOf(moments, "var"), expected)).toBeLessThan(1e-9);
      const projected = { ...attributes, X: outputs.transform as Tensor };
      const back = await runFit("pca.apply", projected, { whiten, inverse: true });
      expectGolden(back, { inverse_transform: golden({ X }, "X") }, 1e-12);
    }
  });

  it("fast_ica.apply gives sources of unit variance that do not move together, and back", async () => {
    const { X, attributes, outputs } = await applied("fast_ica", "signals", { n_components: 3 });
    const moments = await runFit("empirical_covariance", { X: outputs.transform as Tensor });
    const identity = { shape: [3, 3], data: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    expectGolden(moments, { covariance: identity }, 1e-9);
    const all = await applied("fast_ica", "iris", {});
    const back = await runFit(
      "fast_ica.apply",
      { ...all.attributes, X: all.outputs.transform as Tensor },
      { inverse: true },
    );
    expectGolden(back, { inverse_transform: golden({ X: all.X }, "X") }, 1e-9);
    await expect(
      runFit("fast_ica.apply", { components: attributes.components as Tensor, X }),
    ).rejects.toThrow(/inputs\.mean: missing/);
  });

  it("nmf.apply rebuilds them as well as the fit does, and refuses what is below 0", async () => {
    const parameters = { n_components: 4, tol: 1e-8, max_iter: 2000 };
    const { X, fitted, attributes, outputs } = await applied("nmf", "counts", parameters, {
      tol: 1e-10,
      max_iter: 2000,
    });
    expect(numbersOf(outputs, "converged")).toEqual([1]);
    const W = outputs.transform as Tensor;
    const back = await runFit("nmf.apply", { ...attributes, X: W }, { inverse: true });
    const rebuilt = numbersOf(back, "inverse_transform");
    const squares = numbersOf({ X }, "X").map((value, at) => (value - (rebuilt[at] ?? 0)) ** 2);
    const error = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    const [ofFit = Number.NaN] = numbersOf(fitted, "reconstruction_err");
    expect(error).toBeLessThanOrEqual(ofFit * (1 + 1e-6));
    const negative = matrix([[-1, ...new Array(24).fill(1)]]);
    await expect(runFit("nmf.apply", { ...attributes, X: negative })).rejects.toThrow(
      /inputs\.X: column 0 has -1 at row 0; every number must be at least 0/,
    );
    await expect(runFit("nmf.apply", { components: negative, X })).rejects.toThrow(
      /inputs\.components: column 0/,
    );
  });

  it("nmf.apply tells when the iterations ran out", async () => {
    const { outputs } = await applied("nmf", "counts", { n_components: 4 }, { max_iter: 1 });
    expect(numbersOf(outputs, "converged")).toEqual([0]);
    expect(numbersOf(outputs, "n_iter")).toEqual([1]);
  });

  it.each(["full", "tied", "diag", "spherical"])(
    "gaussian_mixture.apply gives its labels and responsibilities (%s)",
    async (covariance_type) => {
      for (const data of ["blobs", "offset"]) {
        const parameters = { n_components: 3, covariance_type };
        const { fitted, outputs } = await applied("gaussian_mixture", data, parameters, { covariance_type });
        expect(numbersOf(outputs, "predict"), data).toEqual(numbersOf(fitted, "labels"));
        // The means of the fit are rounded at 1e8, and the shares feel it.
        const tolerance = data === "offset" ? 1e-6 : 1e-9;
        expectGolden(outputs, { predict_proba: golden(fitted, "responsibilities") }, tolerance);
      }
    },
  );

  it("gaussian_mixture.apply refuses what is no mixture", async () => {
    const { X, attributes } = await applied("gaussian_mixture", "iris", { n_components: 2 });
    const weights = tensor({ shape: [2], data: [0.5, 0.6] });
    await expect(runFit("gaussian_mixture.apply", { ...attributes, weights, X })).rejects.toThrow(
      /inputs\.weights: row 0 is no distribution/,
    );
    const ones = tensor({ shape: [2, 4, 4], data: new Array(32).fill(1) });
    await expect(
      runFit("gaussian_mixture.apply", { ...attributes, precisions_cholesky: ones, X }),
    ).rejects.toThrow(/inputs\.precisions_cholesky: that of component 0 is no upper triangle/);
    await expect(
      runFit("gaussian_mixture.apply", { ...attributes, X }, { covariance_type: "tied" }),
    ).rejects.toThrow(/inputs\.precisions_cholesky: shape \[2,4,4\] is not \[4,4\]/);
  });

  it.each(["FP64", "FP32"] as const)("isolation_forest.apply gives its scores, in %s", async (datatype) => {
    const X = tensor(goldenData("outliers"), datatype);
    const fitted = await runFit("isolation_forest", { X }, { contamination: 0.05, n_estimators: 30 });
    const outputs = await runFit("isolation_forest.apply", { ...taken("isolation_forest.apply", fitted), X });
    for (const name of ["score_samples", "decision_function", "predict"])
      expectGolden(outputs, { [name]: golden(fitted, name) }, datatype === "FP64" ? 1e-15 : 1e-6);
  });

  it("an unshrunk covariance has mean squared distances of p", async () => {
    const { outputs } = await applied("empirical_covariance", "iris", {});
    const mean = numbersOf(outputs, "mahalanobis").reduce((sum, value) => sum + value / 150, 0);
    expect(mean).toBeCloseTo(4, 10);
  });
});

describe("a covariance", () => {
  it("is the same with its precision and without", async () => {
    const { X, attributes, outputs } = await applied("ledoit_wolf", "wine", {});
    const { precision, ...without } = attributes;
    expect(precision).toBeDefined();
    const same = await runFit("ledoit_wolf.apply", { ...without, X });
    expectGolden(
      same,
      { mahalanobis: golden(outputs, "mahalanobis"), score: golden(outputs, "score") },
      1e-12,
    );
  });

  it("that is singular scores minus infinity, and its distances stay finite", async () => {
    const X = matrix([
      [1, 2],
      [2, 4],
    ]);
    const location = tensor({ shape: [2], data: [0, 0] });
    const covariance = tensor({ shape: [2, 2], data: [1, 1, 1, 1] });
    const outputs = await runFit("empirical_covariance.apply", { X, location, covariance });
    expect(numbersOf(outputs, "score")).toEqual([Number.NEGATIVE_INFINITY]);
    expect(relativeError(numbersOf(outputs, "mahalanobis"), [9 / 4, 9])).toBeLessThan(1e-12);
  });

  it("that is singular but for rounding scores minus infinity, whichever way the rounding goes", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const random = new RandomState(seed);
      const row = () => Array.from({ length: 3 }, () => random.normal());
      const X = matrix(
        Array.from({ length: 50 }, () => row()).map(([a = 0, b = 0, c = 0]) => [a, b, c, a + b]),
      );
      const fitted = await runFit("empirical_covariance", { X });
      const { location, precision } = fitted;
      if (location === undefined || precision === undefined) throw new Error("no attributes");
      const outputs = await runFit("empirical_covariance.apply", { X, location, precision });
      expect(numbersOf(outputs, "score"), `seed ${seed}`).toEqual([Number.NEGATIVE_INFINITY]);
    }
  });

  it("of columns in units far apart, or that nearly agree, has a likelihood", async () => {
    const X = matrix([[1, 1]]);
    const location = tensor({ shape: [2], data: [1, 1] });
    for (const [data, determinant] of [
      [[1e20, 0, 0, 1e-5], 1e15],
      [[1, 1 - 1e-10, 1 - 1e-10, 1], 2e-10],
    ] as const) {
      const precision = tensor({ shape: [2, 2], data });
      const { score } = await runFit("oas.apply", { X, location, precision });
      const expected = (Math.log(determinant) - 2 * Math.log(2 * Math.PI)) / 2;
      expect(score?.data[0]).toBeCloseTo(expected, 5);
    }
  });

  it("needs a location, and a covariance or a precision", async () => {
    const X = rows("iris");
    const location = tensor({ shape: [4], data: [0, 0, 0, 0] });
    await expect(runFit("ledoit_wolf.apply", { X, location })).rejects.toThrow(/inputs\.covariance: missing/);
  });
});

/** Fits the first rows, then adds the rest in pieces, each to what the last one left. */
async function inPieces(update: Fit, first: Record<string, Tensor>, data: string, cuts: readonly number[]) {
  let attributes = first;
  const answers: Outputs[] = [];
  for (const [at, from] of cuts.entries()) {
    const X = rows(data, from, cuts[at + 1]);
    const answer = await update.run({ ...attributes, X }, {}, context);
    answers.push(answer);
    attributes = Object.fromEntries(
      Object.entries(attributes).map(([name, tensor]) => [name, answer[name] ?? tensor]),
    );
  }
  return { attributes, answers };
}

function named(name: string): Fit {
  const fit = applications.find(({ signature }) => signature.name === name);
  if (fit === undefined) throw new Error(`no ${name}`);
  return fit;
}

const someCuts = fc.uniqueArray(fc.integer({ min: 30, max: 149 }), { minLength: 1, maxLength: 8 });

const moments: Readonly<Record<string, readonly string[]>> = {
  oas: ["shrinkage", "empirical_covariance"],
  ledoit_wolf: ["shrinkage", "empirical_covariance", "third_moments", "fourth_moment"],
};

describe("updates", () => {
  it("of a standard_scaler, however cut, are the fit of all rows", async () => {
    const whole = await runFit("standard_scaler", { X: rows("iris") });
    await fc.assert(
      fc.asyncProperty(someCuts, async (unordered) => {
        const cuts = unordered.sort((a, b) => a - b);
        const first = taken(
          "standard_scaler.update",
          await runFit("standard_scaler", { X: rows("iris", 0, cuts[0]) }),
        );
        const { attributes } = await inPieces(named("standard_scaler.update"), first, "iris", cuts);
        for (const name of ["mean", "var", "n_samples_seen"])
          expectGolden(attributes, { [name]: golden(whole, name) }, 1e-12);
      }),
      { seed: 1, numRuns: 15 },
    );
  });

  it.each(["empirical_covariance", "oas", "ledoit_wolf"])(
    "of %s, however cut, are the fit of all rows",
    async (fit) => {
      const stored = fit === "empirical_covariance" ? {} : { store_moments: true };
      const whole = await runFit(fit, { X: rows("iris") }, stored);
      await fc.assert(
        fc.asyncProperty(someCuts, async (unordered) => {
          const cuts = unordered.sort((a, b) => a - b);
          const first = taken(`${fit}.update`, await runFit(fit, { X: rows("iris", 0, cuts[0]) }, stored));
          const { attributes, answers } = await inPieces(named(`${fit}.update`), first, "iris", cuts);
          for (const outputs of [attributes, answers.at(-1) ?? {}])
            for (const name of Object.keys(outputs).filter((each) => each !== "location_remainder"))
              expectGolden(outputs, { [name]: golden(whole, name) }, 1e-9);
        }),
        { seed: 1, numRuns: 15 },
      );
    },
  );

  it.each(["empirical_covariance", "oas", "ledoit_wolf"])(
    "of %s row by row at an offset of 1e8 are the fit of all rows without it",
    async (fit) => {
      const stored = fit === "empirical_covariance" ? {} : { store_moments: true };
      const { shape, data } = goldenData("offset");
      const near = tensor({ shape, data: data.map((value) => value - 1e8) });
      const whole = await runFit(fit, { X: near }, stored);
      const first = taken(`${fit}.update`, await runFit(fit, { X: rows("offset", 0, 1) }, stored));
      const cuts = Array.from({ length: 79 }, (_, at) => 1 + at);
      const { answers } = await inPieces(named(`${fit}.update`), first, "offset", cuts);
      const last = answers.at(-1) ?? {};
      expect(numbersOf(last, "n_samples")).toEqual([80]);
      for (const name of [
        "covariance",
        "precision",
        ...(fit === "empirical_covariance" ? [] : (moments[fit] ?? [])),
      ])
        expectGolden(last, { [name]: golden(whole, name) }, 1e-9);
      const remainder = numbersOf(last, "location_remainder");
      const location = numbersOf(last, "location").map((value, j) => value - 1e8 + (remainder[j] ?? 0));
      expect(relativeError(location, numbersOf(whole, "location"))).toBeLessThan(1e-9);
    },
  );

  it("of a shrunk covariance of nothing yet are the rows themselves", async () => {
    const X = rows("iris");
    const zeros = (shape: number[]) =>
      tensor({ shape, data: new Array(shape.reduce((size, each) => size * each, 1)).fill(0) });
    const nothing = {
      location: zeros([4]),
      empirical_covariance: zeros([4, 4]),
      third_moments: zeros([4]),
      fourth_moment: zeros([]),
      n_samples: { datatype: "INT32", shape: [], data: Int32Array.of(0) } as const,
    };
    const updated = await runFit("ledoit_wolf.update", { ...nothing, X });
    const whole = await runFit("ledoit_wolf", { X });
    for (const name of ["location", "covariance", "shrinkage"])
      expectGolden(updated, { [name]: golden(whole, name) }, 1e-12);
  });

  it.each(["oas", "ledoit_wolf"])("of %s need the moments that a fit stores when asked", async (fit) => {
    const X = rows("iris");
    const fitted = await runFit(fit, { X });
    expect(fitted).not.toHaveProperty("empirical_covariance");
    await expect(runFit(`${fit}.update`, { ...taken(`${fit}.update`, fitted), X })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "inputs.empirical_covariance: missing; a fit with store_moments answers it",
    });
  });

  it("refuse a number of rows that is none", async () => {
    const X = rows("iris");
    const attributes = taken("oas.update", await runFit("oas", { X }, { store_moments: true }));
    const n_samples = { datatype: "INT32", shape: [], data: Int32Array.of(-1) } as const;
    await expect(runFit("oas.update", { ...attributes, n_samples, X })).rejects.toThrow(
      /inputs\.n_samples: -1 is no count of at least 0/,
    );
  });

  it("of a gaussian_hmm, row by row, are the filter over the whole series to the last bit", async () => {
    const from = 350;
    const fitted = await runFit("gaussian_hmm", { X: rows("regimes", 0, from) }, { n_components: 2 });
    const X = rows("regimes");
    const whole = await runFit("gaussian_hmm.apply", { ...taken("gaussian_hmm.apply", fitted), X });
    const before = await runFit("gaussian_hmm.apply", {
      ...taken("gaussian_hmm.apply", fitted),
      X: rows("regimes", 0, from),
    });
    const first = { ...taken("gaussian_hmm.update", fitted), filtered: before.filtered as Tensor };
    const cuts = Array.from({ length: 150 }, (_, at) => from + at);
    const { answers } = await inPieces(named("gaussian_hmm.update"), first, "regimes", cuts);
    const rowByRow = answers.flatMap((answer) => numbersOf(answer, "filtered"));
    expect(rowByRow).toEqual(numbersOf(whole, "filtered").slice(from * 2));
    const gained = answers.reduce((sum, answer) => sum + (numbersOf(answer, "log_likelihood")[0] ?? 0), 0);
    const [all = Number.NaN] = numbersOf(whole, "log_likelihood");
    const [start = Number.NaN] = numbersOf(before, "log_likelihood");
    expect(gained).toBeCloseTo(all - start, 9);
  });

  it("of a gaussian_hmm refuse a state that is no distribution, and a covariance that is none", async () => {
    const fitted = await runFit("gaussian_hmm", { X: rows("regimes") }, { n_components: 2 });
    const X = rows("regimes", 0, 1);
    const attributes = { ...taken("gaussian_hmm.update", fitted), X };
    const filtered = matrix([[0.7, 0.7]]);
    await expect(runFit("gaussian_hmm.update", { ...attributes, filtered })).rejects.toThrow(
      /inputs\.filtered: row 0 is no distribution: 0\.7, 0\.7/,
    );
    const pair = {
      transmat: matrix([[1]]),
      means: matrix([[0, 0]]),
      covars: tensor({ shape: [1, 2, 2], data: [1, 2, 2, 1] }),
      filtered: matrix([[1]]),
      X: matrix([[0, 0]]),
    };
    await expect(runFit("gaussian_hmm.update", pair)).rejects.toThrow(
      /inputs\.covars: the covariance of state 0 is not positive definite/,
    );
  });
});
