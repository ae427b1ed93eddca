/** Kept fits as a container has them: a real gateway, its workers, the client. */
import { createHash } from "node:crypto";
import { connect, type Gate, type InferResult, type Tensor } from "headgate-client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "../golden/applied.js";
import { expectGolden, type Golden, goldenData, numbersOf, runFit, tensor } from "../golden/golden.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");

let gateway: TestGateway;
const gates: Gate[] = [];

beforeAll(async () => {
  gateway = await startGateway({
    auth: {
      keys: [
        { sha256: sha256("one"), tenant: "one", namespace: "one" },
        { sha256: sha256("two"), tenant: "two", namespace: "two" },
      ],
    },
  });
});
afterEach(async () => {
  await Promise.all(gates.splice(0).map((gate) => gate.close()));
});
afterAll(() => gateway.stop());

async function gateOf(token = "one"): Promise<Gate> {
  const gate = await connect(gateway.url, { token });
  gates.push(gate);
  return gate;
}

function handleOf({ outputs }: InferResult): string {
  const { handle } = outputs;
  expect(handle).toMatchObject({ datatype: "BYTES", shape: [] });
  return String(handle?.data[0]);
}

const rows = (data: string, from = 0, to = goldenData(data).shape[0] ?? 0): Tensor =>
  tensor(rowsOf(data, from, to));

function golden(outputs: Readonly<Record<string, Tensor>>, name: string): Golden {
  return { shape: outputs[name]?.shape ?? [], data: numbersOf(outputs, name) };
}

describe("a kept pca", () => {
  const parameters = { n_components: 2, whiten: true };

  it("projects as its components do in the client's own hands, whitened as it was fitted", async () => {
    const gate = await gateOf();
    const X = rows("wine");
    const fitted = await gate.infer("pca", { X }, { parameters: { ...parameters, keep_seconds: 60 } });
    const handle = handleOf(fitted);
    const { outputs } = await gate.infer("pca.apply", { X }, { parameters: { handle } });
    const components = numbersOf(fitted.outputs, "components");
    const mean = numbersOf(fitted.outputs, "mean");
    const variances = numbersOf(fitted.outputs, "explained_variance");
    const expected = Array.from({ length: 178 * 2 }, (_, at) => {
      const [i, c] = [Math.floor(at / 2), at % 2];
      const sum = mean.reduce(
        (total, m, j) => total + (Number(X.data[i * 13 + j]) - m) * (components[c * 13 + j] ?? 0),
        0,
      );
      return sum / Math.sqrt(variances[c] ?? 0);
    });
    expectGolden(outputs, { transform: { shape: [178, 2], data: expected } }, 1e-12);
    const back = await gate.infer(
      "pca.apply",
      { X: outputs["transform"] as Tensor },
      { parameters: { handle, inverse: true } },
    );
    expect(Object.keys(back.outputs)).toEqual(["inverse_transform"]);
    expect(back.outputs["inverse_transform"]?.shape).toEqual([178, 13]);
  });

  it("is not found once it expired, and says so", async () => {
    const gate = await gateOf();
    const X = rows("iris");
    const fitted = await gate.infer(
      "pca",
      { X },
      { parameters: { keep_seconds: 0.01 }, outputs: ["handle"] },
    );
    expect(Object.keys(fitted.outputs)).toEqual(["handle"]);
    const handle = handleOf(fitted);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await expect(gate.infer("pca.apply", { X }, { parameters: { handle } })).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringContaining("has expired"),
      processed: "no",
    });
  });

  it("is its namespace's: another token cannot see it, and the same one can on another socket", async () => {
    const [one, again, two] = await Promise.all([gateOf("one"), gateOf("one"), gateOf("two")]);
    const X = rows("iris");
    const handle = handleOf(await one.infer("pca", { X }, { parameters: { keep_seconds: 60 } }));
    const ask = (gate: Gate) => gate.infer("pca.apply", { X }, { parameters: { handle } });
    await expect(ask(two)).rejects.toMatchObject({ code: "not_found" });
    expect((await ask(again)).outputs["transform"]?.shape).toEqual([150, 4]);
  });

  it("says what is wrong with a request: no fit, another fit, other columns", async () => {
    const gate = await gateOf();
    const X = rows("iris");
    await expect(gate.infer("pca.apply", { X })).rejects.toMatchObject({
      code: "invalid_argument",
      message: "inputs.components: missing; give the fit's attributes or a handle",
    });
    const handle = handleOf(await gate.infer("kmeans", { X }, { parameters: { keep_seconds: 60 } }));
    await expect(gate.infer("pca.apply", { X }, { parameters: { handle } })).rejects.toThrow(
      /it is a kept kmeans, pca\.apply takes a pca/,
    );
    const other = rows("wine");
    await expect(gate.infer("kmeans.apply", { X: other }, { parameters: { handle } })).rejects.toThrow(
      /inputs\.X\.shape: must be \[n=178, p=4\], got \[178, 13\]/,
    );
  });
});

describe("updates", () => {
  it("of a standard_scaler, ten at once, are one fit of all rows", async () => {
    const gate = await gateOf();
    const whole = await runFit("standard_scaler", { X: rows("iris") });
    const first = { X: rows("iris", 0, 50) };
    const handle = handleOf(await gate.infer("standard_scaler", first, { parameters: { keep_seconds: 60 } }));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        gate.infer(
          "standard_scaler.update",
          { X: rows("iris", 50 + at * 10, 60 + at * 10) },
          { parameters: { handle } },
        ),
      ),
    );
    const seen = answers.map(({ outputs }) => numbersOf(outputs, "n_samples_seen")[0]);
    expect(seen).toEqual([60, 70, 80, 90, 100, 110, 120, 130, 140, 150]);
    const last = answers.at(-1)?.outputs ?? {};
    for (const name of ["mean", "var", "scale", "n_samples_seen"])
      expectGolden(last, { [name]: golden(whole, name) }, 1e-12);
    const X = rows("iris", 0, 5);
    const { outputs } = await gate.infer("standard_scaler.apply", { X }, { parameters: { handle } });
    const local = await runFit("standard_scaler.apply", { X, mean: last.mean, scale: last.scale } as Record<
      string,
      Tensor
    >);
    expect(numbersOf(outputs, "transform")).toEqual(numbersOf(local, "transform"));
  });

  it("that fail leave the fit as it was, and the next one goes on", async () => {
    const gate = await gateOf();
    const X = rows("iris");
    const handle = handleOf(await gate.infer("standard_scaler", { X }, { parameters: { keep_seconds: 60 } }));
    const update = (rowsToAdd: Tensor) =>
      gate.infer("standard_scaler.update", { X: rowsToAdd }, { parameters: { handle } });
    const [bad, good] = await Promise.allSettled([update(rows("wine")), update(rows("iris", 0, 1))]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "invalid_argument" } });
    if (good.status === "rejected") throw good.reason;
    expect(numbersOf(good.value.outputs, "n_samples_seen")).toEqual([151]);
  });

  it("of a gaussian_hmm, row by row, are the filter over the whole series", async () => {
    const gate = await gateOf();
    const fitted = await gate.infer(
      "gaussian_hmm",
      { X: rows("regimes", 0, 400) },
      { parameters: { n_components: 2, keep_seconds: 60 } },
    );
    const handle = handleOf(fitted);
    const whole = await gate.infer(
      "gaussian_hmm.apply",
      { X: rows("regimes", 0, 420) },
      { parameters: { handle } },
    );
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        gate.infer(
          "gaussian_hmm.update",
          { X: rows("regimes", 400 + at, 401 + at) },
          { parameters: { handle } },
        ),
      ),
    );
    const rowByRow = answers.flatMap(({ outputs }) => numbersOf(outputs, "filtered"));
    const expected = { shape: [40], data: numbersOf(whole.outputs, "filtered").slice(800) };
    expectGolden({ filtered: tensor({ shape: [40], data: rowByRow }) }, { filtered: expected }, 1e-12);
  });
});

it("describe tells how a fit is kept and applied", async () => {
  const gate = await gateOf();
  const { models } = await gate.describe();
  const text = (name: string) => JSON.stringify(models.find((model) => model.name === name));
  expect(text("pca")).toContain("keep_seconds");
  expect(text("pca.apply")).toContain("The handle of a kept fit, in place of its attributes");
});
