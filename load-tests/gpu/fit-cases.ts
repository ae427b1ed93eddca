/**
 * The fits whose results depend on the kernels' backend: FP32 results are compared with those of scikit-learn in
 * float64. The list serves the test suites and GPU machines without a test runner. The numbers come from
 * `test/golden`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Kernels } from "../../engines/kernels/index.js";
import { fits } from "../../engines/numerics/index.js";
import type { Parameters } from "../../engines/servable.js";
import type { Tensor } from "../../protocol/tensor.js";
import { inRepository } from "../harness/places.js";
import type { DeviationCheck } from "./deviation-check.js";

export interface FitCase {
  readonly fit: string;
  /** The name of a data set in `test/golden`. */
  readonly data: string;
  readonly parameters: Parameters;
}

const fitCase = (fit: string, data: string, parameters: Parameters = {}): FitCase => ({
  fit,
  data,
  parameters,
});

export const fitCases: readonly FitCase[] = [
  fitCase("standard_scaler", "wine"),
  fitCase("pca", "iris"),
  fitCase("pca", "market"),
  fitCase("kmeans", "iris", { n_clusters: 3, n_init: 10, random_state: 4 }),
  fitCase("ledoit_wolf", "iris"),
  fitCase("ledoit_wolf", "market"),
  fitCase("gaussian_hmm", "regimes", { n_components: 2 }),
  fitCase("empirical_covariance", "iris"),
  fitCase("oas", "market"),
  fitCase("isolation_forest", "iris"),
  fitCase("factor_risk", "iris", { n_components: 2 }),
  fitCase("regime_features", "returns", { window: 3 }),
  fitCase("dbscan", "wine", { eps: 40, min_samples: 4 }),
  fitCase("gaussian_mixture", "iris", { n_components: 3, covariance_type: "full" }),
  fitCase("gaussian_mixture", "blobs", { n_components: 4, covariance_type: "tied" }),
  fitCase("fast_ica", "signals", { n_components: 3 }),
  fitCase("nmf", "positive", { n_components: 5 }),
];

interface ExpectedNumbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface GoldenFit {
  readonly data: string;
  readonly parameters: Parameters;
  readonly expected: Readonly<Record<string, ExpectedNumbers>>;
  /** Inputs other than X. */
  readonly inputs?: Readonly<Record<string, ExpectedNumbers>>;
}

/**
 * @param factors the backend for p×p factorisations; absent: plain loops
 * @throws AssertionError naming the output
 */
export async function checkFit(
  { fit: name, data, parameters }: FitCase,
  kernels: Kernels,
  close: DeviationCheck,
  factors?: Kernels,
): Promise<void> {
  const fit = fits.find(({ signature }) => signature.name === name);
  const wanted = JSON.stringify(parameters);
  const golden = read<readonly GoldenFit[]>(name).find(
    (one) => one.data === data && JSON.stringify(one.parameters) === wanted,
  );
  assert.ok(fit !== undefined && golden !== undefined, `no golden case for ${name} of ${data}`);
  const context = { kernels, aborted: () => false, ...(factors !== undefined && { factors }) };
  const outputs = await fit.run(inputsOf(golden), parameters, context);
  for (const [output, { data: expected }] of Object.entries(golden.expected)) {
    // Where neighbouring variances are small and almost equal, float32 input does not determine the directions, so
    // they are not compared.
    if (output === "components" && data === "market") continue;
    close.of(Array.from<number | bigint | string>(outputs[output]?.data ?? []).map(Number), expected, output);
  }
}

function inputsOf({ data, inputs = {} }: GoldenFit): Record<string, Tensor> {
  const X = ["data", "risk_data", "decomposition_data"]
    .map((file) => read<Readonly<Record<string, ExpectedNumbers>>>(file)[data])
    .find((found) => found !== undefined);
  assert.ok(X !== undefined, `no data set ${data}`);
  const all = Object.entries({ X, ...inputs });
  return Object.fromEntries(
    all.map(([name, { shape, data: numbers }]): [string, Tensor] => [
      name,
      name === "windows"
        ? { datatype: "INT32", shape, data: Int32Array.from(numbers) }
        : { datatype: "FP32", shape, data: Float32Array.from(numbers) },
    ]),
  );
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(inRepository(`test/golden/${name}.json`), "utf8")) as T;
}
