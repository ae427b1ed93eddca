/** Every shipped model answers over a socket what its training library answered on held-out days. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Gate } from "../../client/typescript/index.js";
import type { Tensors } from "../../engines/engine.js";
import { type GoldenAnswer, mismatch, readGolden } from "../../engines/onnx/golden.js";
import type { Tensor } from "../../protocol/tensor.js";
import { startGateway, type TestGateway } from "../support/gateway.js";

const heldOut = fileURLToPath(new URL("../../training/held_out/", import.meta.url));
const names = readdirSync(heldOut).map((file) => file.replace(/\.json$/, ""));

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

const rowsOf = (golden: GoldenAnswer) => Object.values(golden.inputs)[0]?.shape[0] ?? 0;

function row(tensors: Tensors, at: number): Tensors {
  const cut = ({ datatype, shape: [rows = 1, ...dims], data }: Tensor) => {
    const size = data.length / rows;
    return { datatype, shape: [1, ...dims], data: data.slice(at * size, (at + 1) * size) } as Tensor;
  };
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, cut(tensor)]));
}

it("every shipped model has held-out rows, and serves", async () => {
  const described = await gate.describe();
  const models = described.models.filter(({ kind }) => kind === "model").map(({ name }) => name);
  expect(models.sort()).toEqual(names.sort());
  expect(names.length).toBeGreaterThanOrEqual(13);
});

describe.each(names)("%s", (name) => {
  it("answers its held-out rows as its training library did, together", async () => {
    const golden = await readGolden(`${heldOut}${name}.json`);
    expect(rowsOf(golden)).toBeGreaterThanOrEqual(12);
    expect(golden).toMatchObject({ rtol: 1e-5, atol: 1e-6 });
    const answer = await gate.infer(name, golden.inputs);
    expect(answer.backend).toBe("onnxruntime-cpu");
    expect(mismatch(golden, answer.outputs)).toBeUndefined();
  });

  it("and one by one", async () => {
    const golden = await readGolden(`${heldOut}${name}.json`);
    const off = await Promise.all(
      Array.from({ length: rowsOf(golden) }, async (_, at) => {
        const alone = { ...golden, inputs: row(golden.inputs, at), outputs: row(golden.outputs, at) };
        return mismatch(alone, (await gate.infer(name, alone.inputs)).outputs);
      }),
    );
    expect(off.filter((each) => each !== undefined)).toEqual([]);
  });
});
