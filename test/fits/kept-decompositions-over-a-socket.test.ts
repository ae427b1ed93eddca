/** fast_ica, nmf, gaussian_mixture, isolation_forest and the shrunk covariances, kept by a real gateway. */
import { connect, type Gate, type Tensor } from "headgate-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applications } from "../../engines/numerics/index.js";
import type { Parameters } from "../../engines/servable.js";
import { rowsOf } from "../golden/applied.js";
import { expectGolden, type Golden, goldenData, numbersOf, runFit, tensor } from "../golden/golden.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

let gateway: TestGateway;
let gate: Gate;

beforeAll(async () => {
  gateway = await startGateway();
  gate = await connect(gateway.url);
});
afterAll(async () => {
  await gate.close();
  await gateway.stop();
});

const rows = (data: string, from = 0, to = goldenData(data).shape[0] ?? 0): Tensor =>
  tensor(rowsOf(data, from, to));

function golden(outputs: Readonly<Record<string, Tensor>>, name: string): Golden {
  return { shape: outputs[name]?.shape ?? [], data: numbersOf(outputs, name) };
}

async function kept(fit: string, X: Tensor, parameters: Parameters = {}, seconds = 60) {
  const { outputs } = await gate.infer(fit, { X }, { parameters: { ...parameters, keep_seconds: seconds } });
  return { outputs, handle: String(outputs["handle"]?.data[0]) };
}

const asked: readonly (readonly [string, string, Parameters])[] = [
  ["fast_ica", "signals", { n_components: 3, whiten: "arbitrary-variance" }],
  ["fast_ica", "signals", { whiten: false, max_iter: 20 }],
  ["nmf", "counts", { n_components: 4, solver: "mu", alpha_W: 0.01, l1_ratio: 0.25, max_iter: 500 }],
  ["gaussian_mixture", "blobs", { n_components: 4, covariance_type: "full" }],
  ["gaussian_mixture", "blobs", { n_components: 4, covariance_type: "tied" }],
  ["gaussian_mixture", "blobs", { n_components: 4, covariance_type: "diag" }],
  ["gaussian_mixture", "blobs", { n_components: 4, covariance_type: "spherical" }],
  ["isolation_forest", "outliers", { n_estimators: 20, contamination: 0.1, max_features: 0.5 }],
];

describe.each(asked)("a kept %s of %s %o", (fit, data, parameters) => {
  it("takes new rows by its handle as by its attributes, with the parameters it was fitted with", async () => {
    const { outputs: fitted, handle } = await kept(fit, rows(data, 0, 100), parameters);
    const X = rows(data, 100);
    const { outputs } = await gate.infer(`${fit}.apply`, { X }, { parameters: { handle } });
    const taken = (specs: readonly { readonly name: string }[] | undefined, values: object) =>
      Object.fromEntries(
        Object.entries(values).filter(([name]) => specs?.some((each) => each.name === name)),
      );
    const { signature } = applications.find((each) => each.signature.name === `${fit}.apply`) ?? {};
    const shared = taken(signature?.parameters, parameters);
    const given = { ...taken(signature?.inputs, fitted), X };
    const same = await gate.infer(`${fit}.apply`, given, { parameters: shared });
    expect(same.outputs).toEqual(outputs);
    const here = await runFit(`${fit}.apply`, given, shared);
    for (const name of Object.keys(here)) expectGolden(outputs, { [name]: golden(here, name) }, 1e-9);
  });
});

describe("an answer's way back", () => {
  it.each([
    ["fast_ica", "iris", {}],
    ["nmf", "iris", { tol: 1e-9, max_iter: 2000 }],
  ] as const)("%s rebuilds the rows it transformed", async (fit, data, parameters) => {
    const { handle } = await kept(fit, rows(data), parameters);
    const ask = (X: Tensor, more: Parameters = {}) =>
      gate.infer(`${fit}.apply`, { X }, { parameters: { handle, ...more } });
    const X = rows(data, 140);
    const { outputs } = await ask(X);
    const back = await ask(outputs["transform"] as Tensor, { inverse: true });
    expect(Object.keys(back.outputs)).toEqual(["inverse_transform"]);
    expectGolden(back.outputs, { inverse_transform: golden({ X }, "X") }, fit === "nmf" ? 0.05 : 1e-9);
  });
});

describe("what is wrong with a request is told", () => {
  it.each([
    ["fast_ica", "iris", /inputs\.X: 13 columns; the fit it is applied to has 4/],
    ["nmf", "iris", /inputs\.X: 13 columns; the fit it is applied to has 4/],
    ["gaussian_mixture", "iris", /inputs\.X\.shape: must be \[n=178, p=4\], got \[178, 13\]/],
    ["isolation_forest", "iris", /inputs\.X: 13 columns; the fit it is applied to has 4/],
    ["oas", "iris", /inputs\.X\.shape: must be \[n=178, p=4\], got \[178, 13\]/],
  ])("%s of other columns", async (fit, data, message) => {
    const { handle } = await kept(fit, rows(data));
    await expect(
      gate.infer(`${fit}.apply`, { X: rows("wine") }, { parameters: { handle } }),
    ).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(message) });
  });

  it.each(["fast_ica", "nmf", "gaussian_mixture", "isolation_forest", "ledoit_wolf"])(
    "%s that has expired",
    async (fit) => {
      const X = rows("iris");
      const { handle } = await kept(fit, X, {}, 0.01);
      await new Promise((resolve) => setTimeout(resolve, 30));
      await expect(gate.infer(`${fit}.apply`, { X }, { parameters: { handle } })).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining("has expired"),
      });
    },
  );
});

describe.each(["oas", "ledoit_wolf"])("updates of %s", (fit) => {
  it("ten at once, are one fit of all rows, and its .apply goes by them", async () => {
    const whole = await runFit(fit, { X: rows("iris") });
    const { handle } = await kept(fit, rows("iris", 0, 50));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        gate.infer(
          `${fit}.update`,
          { X: rows("iris", 50 + at * 10, 60 + at * 10) },
          {
            parameters: { handle },
            outputs: ["n_samples", "location", "covariance", "precision", "shrinkage"],
          },
        ),
      ),
    );
    const last = answers.at(-1)?.outputs ?? {};
    expect(Object.keys(last).sort()).toEqual([
      "covariance",
      "location",
      "n_samples",
      "precision",
      "shrinkage",
    ]);
    for (const name of Object.keys(last)) expectGolden(last, { [name]: golden(whole, name) }, 1e-9);
    const X = rows("iris", 0, 5);
    const { outputs } = await gate.infer(`${fit}.apply`, { X }, { parameters: { handle } });
    const { location, precision } = whole;
    const here = await runFit(`${fit}.apply`, { X, location, precision } as Record<string, Tensor>);
    expectGolden(outputs, { mahalanobis: golden(here, "mahalanobis") }, 1e-9);
  });

  it("are refused where the fit was told to store no moments, and its .apply still answers", async () => {
    const X = rows("iris");
    const { handle } = await kept(fit, X, { store_moments: false });
    await expect(gate.infer(`${fit}.update`, { X }, { parameters: { handle } })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "inputs.empirical_covariance: missing; a fit with store_moments answers it",
    });
    const { outputs } = await gate.infer(`${fit}.apply`, { X }, { parameters: { handle } });
    expect(outputs["mahalanobis"]?.shape).toEqual([150]);
  });
});

it("describe tells the other shapes that a parameter decides on", async () => {
  const { models } = await gate.describe("gaussian_mixture.apply");
  const shapes = { shape: ["k", "p", "p"], other_shapes: [["p", "p"], ["k", "p"], ["k"]] };
  expect(models[0]?.["inputs"]).toContainEqual(
    expect.objectContaining({ name: "precisions_cholesky", ...shapes }),
  );
});
