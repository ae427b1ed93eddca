/** The golden vectors again, over the backend that serves: ONNX Runtime and the compiled loops. */
import { afterAll, describe, expect, it } from "vitest";
import { createOrtKernels, createPlainKernels } from "../../engines/kernels/index.js";
import type { FitInputs } from "../../engines/numerics/fit.js";
import { fits } from "../../engines/numerics/index.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import type { Parameters } from "../../engines/servable.js";
import type { Tensor } from "../../protocol/tensor.js";
import {
  expectGolden,
  goldenCases,
  goldenData,
  goldenInputs,
  numbersOf,
  relativeError,
} from "../golden/golden.js";

const kernels = createOrtKernels();
afterAll(() => kernels.destroy());

function fitOf(name: string) {
  const fit = fits.find(({ signature }) => signature.name === name);
  if (fit === undefined) throw new Error(`no fit ${name}`);
  return fit;
}

function run(name: string, inputs: FitInputs, parameters: Parameters) {
  return fitOf(name).run(inputs, parameters, { kernels, aborted: () => false });
}

describe.each(["pca", "kmeans", "ledoit_wolf"])("%s on ort", (name) => {
  for (const golden of goldenCases(name)) {
    const { data, expected, parameters, rank = 0, inputs = {} } = golden;
    const named = [data, JSON.stringify(parameters), ...Object.keys(inputs)].join(" ");
    it(`gives scikit-learn's numbers for ${named}`, async () => {
      const outputs = await run(name, goldenInputs(golden), parameters);
      const { components, inertia, ...rest } = expected;
      expectGolden(outputs, rest, 1e-9);
      // As many clusters as points leave an inertia of rounding alone.
      if (inertia !== undefined && (inertia.data[0] ?? 0) > 1e-20) expectGolden(outputs, { inertia }, 1e-9);
      if (components === undefined) return;
      const size = rank * (goldenData(data).shape[1] ?? 0); // only directions with variance are defined
      const defined = numbersOf(outputs, "components").slice(0, size);
      expect(relativeError(defined, components.data.slice(0, size))).toBeLessThan(1e-9);
    });
  }
});

/** Returns with a few factors: a spectrum as risk containers see it. */
function returns(n: number, p: number): Tensor {
  const random = new RandomState(11);
  const factors = Float64Array.from({ length: n * 5 }, () => random.normal());
  const loadings = Float64Array.from({ length: 5 * p }, () => random.normal());
  const data = new Float64Array(n * p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      let sum = random.normal();
      for (let f = 0; f < 5; f++) sum += (factors[i * 5 + f] ?? 0) * (loadings[f * p + j] ?? 0);
      data[i * p + j] = 0.01 * sum;
    }
  }
  return { datatype: "FP64", shape: [n, p], data };
}

describe("ort against plain, where nothing is small", () => {
  it.each([
    ["pca", 300, 120, {}],
    ["pca", 600, 120, { n_components: 7 }],
    ["pca", 700, 60, { n_components: 5 }],
    ["pca", 100, 300, { n_components: 6, svd_solver: "full" }],
    ["pca", 100, 300, { n_components: 6, svd_solver: "randomized" }],
    ["pca", 300, 120, { n_components: "mle" }],
    ["pca", 300, 120, { n_components: 0.8 }],
    ["ledoit_wolf", 300, 120, {}],
    ["kmeans", 3000, 6, { n_clusters: 11, random_state: 3 }],
    ["kmeans", 3000, 5, { n_clusters: 3, random_state: 3, init: "random", n_init: 4 }],
  ] as const)("%s of %ix%i %j", async (name, n, p, parameters) => {
    const X = returns(n, p);
    const expected = await fitOf(name).run({ X }, parameters, {
      kernels: createPlainKernels(),
      aborted: () => false,
    });
    const outputs = await run(name, { X }, parameters);
    for (const output of Object.keys(expected))
      expect(relativeError(numbersOf(outputs, output), numbersOf(expected, output)), output).toBeLessThan(
        1e-9,
      );
  });
});
