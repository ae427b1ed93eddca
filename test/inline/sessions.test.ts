/** A session on the thread of the sockets answers with the bits of a worker's session. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Tensors } from "../../engines/engine.js";
import { openInline } from "../../engines/onnx/inline/inline-session.js";
import { nativeBinding } from "../../engines/onnx/inline/native-binding.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { OnnxSession } from "../../engines/onnx/session.js";
import { checkAsync } from "../support/seeded.js";
import { shippedSource } from "./shipped.js";

const models = fileURLToPath(new URL("../../models", import.meta.url));
const names = [
  "market-impact",
  "lstm-regime",
  "signal-random-forest",
  "signal-xgboost",
  "signal-lightgbm",
  "backtest-gradient-boosting",
  "policy-ppo",
  "policy-dqn",
];

function inputsOf({ signature }: ModelSource, rows: number, value: (at: number) => number): Tensors {
  return Object.fromEntries(
    signature.inputs.map(({ name, shape }) => {
      const dims = [rows, ...shape.slice(1).map(Number)];
      const size = dims.reduce((product, dim) => product * dim, 1);
      const data = Float32Array.from({ length: size }, (_, at) => value(at));
      return [name, { datatype: "FP32", shape: dims, data }] as const;
    }),
  );
}

const ordinary = fc.float({ noDefaultInfinity: true, noNaN: true, min: -1e6, max: 1e6 });
/** Numbers that arithmetic treats in a way of their own. */
const odd = fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 1e-45, -1e-40, 3.4e38);

const bits = (outputs: Tensors) =>
  Object.entries(outputs).map(([name, { datatype, shape, data }]) => {
    if (!ArrayBuffer.isView(data)) return [name, datatype, shape, data];
    const { buffer, byteOffset, byteLength } = data;
    return [
      name,
      datatype,
      shape,
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("hex"),
    ];
  });

describe.each([
  { by: "the native part", binding: nativeBinding() },
  { by: "the public interface", binding: undefined },
])("a session by $by", ({ binding }) => {
  it.each(names)("answers as a worker's session does, bit by bit: %s", async (name) => {
    const source = shippedSource(join(models, name));
    const worker = await OnnxSession.open(source, 1, "cpu");
    const inline = await openInline(source, binding);
    const outputs = source.signature.outputs.map((output) => output.name);
    await checkAsync(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.infiniteStream(fc.oneof({ arbitrary: ordinary, weight: 20 }, odd)),
        fc.subarray(outputs, { minLength: 1 }),
        async (rows, numbers, wanted) => {
          const inputs = inputsOf(source, rows, () => numbers.next().value);
          for (const asked of [null, wanted]) {
            const expected = await worker.run(inputs, asked);
            const found = await inline.run(inputs, asked);
            expect(bits(found.outputs)).toEqual(bits(expected.outputs));
            expect([found.backend, found.precision]).toEqual([expected.backend, expected.precision]);
          }
        },
      ),
      10,
    );
    await worker.close();
    inline.close();
  });

  it("throws what ONNX Runtime refuses, and answers the next request", async () => {
    const source = shippedSource(join(models, "market-impact"));
    const inline = await openInline(source, binding);
    const wrong = { X: { datatype: "FP32", shape: [1, 3], data: new Float32Array(3) } } as const;
    await expect((async () => inline.run(wrong, null))()).rejects.toThrow();
    const { outputs } = await inline.run(
      inputsOf(source, 1, () => 1),
      null,
    );
    expect(Object.keys(outputs)).toEqual(source.signature.outputs.map(({ name }) => name));
    inline.close();
  });
});
