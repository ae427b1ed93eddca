/** Numbers whose squares, or the squares of those, leave the range of float64. */
import { describe, expect, it } from "vitest";
import { FitHost } from "../../engines/numerics/fit-host.js";
import { estimators } from "../../engines/numerics/index.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import type { ParameterValue } from "../../engines/servable.js";
import { servableKey } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import { numbersOf, relativeError, runFit, tensor } from "../golden/golden.js";

const [n, p] = [60, 4];
const powers = [2 ** 266, 2 ** 400, 2 ** 515, 2 ** 1000, 2 ** -266, 2 ** -532, 2 ** -1000];

/** Two groups of positive numbers near 1, times a factor, or times one for each column. */
function samples(...factors: readonly number[]): Tensor {
  const random = new RandomState(5);
  const data = Array.from({ length: n * p }, (_, at) => {
    const level = at < (n * p) / 2 ? 4 : 1;
    return (level + Math.abs(random.normal())) * (factors[at % factors.length] as number);
  });
  return tensor({ shape: [n, p], data });
}

type Given = Readonly<Record<string, ParameterValue>>;
const given = (example: object): Given => ({ random_state: 0, ...example }) as Given;

describe.each(estimators.map((each) => [each.fit.signature.name, each] as const))("%s", (_, estimator) => {
  const { fit, example } = estimator;
  const names = fit.signature.parameters.map(({ name }) => name);
  const parameters = Object.fromEntries(
    Object.entries(given(example)).filter(([name]) => names.includes(name)),
  );

  it.each([...powers.map((power) => [power]), [2 ** 266, 2 ** -532, 1, 2 ** 515]])(
    "never answers NaN for numbers times %s, %s, %s, %s",
    async (...factors) => {
      const host = new FitHost(() => {}, { threads: 1 });
      const work = {
        key: servableKey(fit.signature),
        inputs: { X: samples(...factors) },
        parameters,
        outputs: null,
      };
      const answer = await host.run(work, () => false).catch((error: unknown) => error);
      if (answer instanceof HeadgateError) {
        expect(answer.code).toBe("invalid_argument");
        expect(answer.message).toMatch(/^(inputs|parameters)\.[a-zA-Z_]+: /);
        return;
      }
      const { outputs } = answer as Awaited<ReturnType<FitHost["run"]>>;
      for (const name of Object.keys(outputs))
        expect(numbersOf(outputs, name), name).not.toContain(Number.NaN);
    },
  );
});

/** What changes with the scale, by which power of it; all else must stay. */
const equivariant: readonly (readonly [fit: string, parameters: Given, kept: readonly string[]])[] = [
  ["pca", { svd_solver: "full" }, ["components", "explained_variance_ratio"]],
  ["pca", { svd_solver: "covariance_eigh" }, ["components", "explained_variance_ratio"]],
  [
    "pca",
    { svd_solver: "randomized", n_components: 2, random_state: 1 },
    ["components", "explained_variance_ratio"],
  ],
  ["ledoit_wolf", { store_precision: false }, ["shrinkage"]],
  ["oas", { store_precision: false }, ["shrinkage"]],
  ["kmeans", { n_clusters: 3, random_state: 0 }, ["labels", "n_iter"]],
];

describe.each(equivariant)("%s %j", (name, parameters, kept) => {
  it.each([2 ** 266, 2 ** -266])("keeps its %s digits at a scale of", async (power) => {
    const near = await runFit(name, { X: samples(1) }, parameters);
    const far = await runFit(name, { X: samples(power) }, parameters);
    for (const output of kept)
      expect(relativeError(numbersOf(far, output), numbersOf(near, output)), output).toBeLessThan(1e-12);
  });
});

it("finds the same clusters where the squares of distances overflow or vanish", async () => {
  const near = await runFit("dbscan", { X: samples(1) }, { eps: 1, min_samples: 3 });
  for (const power of [2 ** 515, 2 ** -600]) {
    const far = await runFit("dbscan", { X: samples(power) }, { eps: power, min_samples: 3 });
    expect(numbersOf(far, "labels")).toEqual(numbersOf(near, "labels"));
  }
});

it("splits where the difference of two numbers, times a draw, overflows", async () => {
  const outputs = await runFit("isolation_forest", { X: samples(2 ** 1000) }, { n_estimators: 3 });
  expect(numbersOf(outputs, "threshold").every(Number.isFinite)).toBe(true);
  const near = await runFit("isolation_forest", { X: samples(1) }, { n_estimators: 3 });
  expect(numbersOf(outputs, "feature")).toEqual(numbersOf(near, "feature"));
});

it("tells an infinite variance as scikit-learn does, and no NaN", async () => {
  const outputs = await runFit("standard_scaler", { X: samples(2 ** 515, 1) });
  expect(numbersOf(outputs, "var").slice(0, 2)).toEqual([Number.POSITIVE_INFINITY, expect.any(Number)]);
  expect(numbersOf(outputs, "scale")[0]).toBe(1);
});

it("names the largest number and what to do where a result overflows", async () => {
  const host = new FitHost(() => {}, { threads: 1 });
  const work = { key: "ledoit_wolf@1", inputs: { X: samples(2 ** 515) }, parameters: {}, outputs: null };
  await expect(host.run(work, () => false)).rejects.toThrow(
    /^inputs\.X: .* numbers of up to 7\.36e\+155, .*scale X/,
  );
});

it("refuses moments that .update could not use", async () => {
  const run = runFit("ledoit_wolf", { X: samples(2 ** 266) }, { store_moments: true });
  await expect(run).rejects.toThrow(/^parameters\.store_moments: the fourth powers of X/);
});
