/** What holds for a fit and its application together, whatever the numbers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainKernels } from "../../engines/kernels/index.js";
import { covarianceApply } from "../../engines/numerics/covariance-apply.js";
import { covarianceUpdate, mergeSamples, sampleOf } from "../../engines/numerics/covariance-update.js";
import type { Fit } from "../../engines/numerics/fit.js";
import { applications, fits } from "../../engines/numerics/index.js";
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
    for (const { name, shape, optional } of signature.inputs.filter((input) => input.name !== "X")) {
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

  it("an unshrunk covariance has mean squared distances of p", async () => {
    const x = rows("iris");
    const { location, covariance } = await sampleOf(x.data as Float64Array, 150, 4, false, context);
    const inputs = {
      X: x,
      location: tensor({ shape: [4], data: [...location] }),
      covariance: tensor({ shape: [4, 4], data: [...covariance] }),
    };
    const outputs = await covarianceApply("empirical_covariance").run(inputs, {}, context);
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
    const outputs = await covarianceApply("empirical_covariance").run(
      { X, location, covariance },
      {},
      context,
    );
    expect(numbersOf(outputs, "score")).toEqual([Number.NEGATIVE_INFINITY]);
    expect(relativeError(numbersOf(outputs, "mahalanobis"), [9 / 4, 9])).toBeLessThan(1e-12);
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

  it("of an empirical covariance too, also at an offset of 1e8", async () => {
    const update = covarianceUpdate("empirical_covariance");
    for (const [data, cuts] of [
      ["iris", [40, 41, 90]],
      ["offset", [10, 30]],
    ] as const) {
      const p = goldenData(data).shape[1] ?? 0;
      const [n = 0] = cuts;
      const sample = await sampleOf(rows(data, 0, n).data as Float64Array, n, p, false, context);
      const first = {
        location: tensor({ shape: [p], data: [...sample.location] }),
        covariance: tensor({ shape: [p, p], data: [...sample.covariance] }),
        n_samples: { datatype: "INT32", shape: [], data: Int32Array.of(n) } as const,
      };
      const { attributes } = await inPieces(update, first, data, cuts);
      const all = rows(data);
      const count = all.shape[0] ?? 0;
      const whole = await sampleOf(all.data as Float64Array, count, p, false, context);
      expect(relativeError(numbersOf(attributes, "location"), [...whole.location])).toBeLessThan(1e-12);
      expect(relativeError(numbersOf(attributes, "covariance"), [...whole.covariance])).toBeLessThan(1e-9);
      expect(numbersOf(attributes, "n_samples")).toEqual([count]);
    }
  });

  it("of nothing yet are the rows themselves", async () => {
    const none = { count: 0, location: new Float64Array(2), covariance: new Float64Array(4) };
    const some = await sampleOf(Float64Array.of(1, 2, 3, 5), 2, 2, false, context);
    expect(mergeSamples(none, some)).toEqual(some);
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
