/** What a card tells of the data of a training. */
import { expect, test } from "vitest";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import { digestOf } from "../../gateway/requests/training-data.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";

const zeros = (...shape: number[]): WireTensor =>
  toWire({ datatype: "FP64", shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) });

function sizeOf(trainer: string, inputs: Readonly<Record<string, WireTensor>>) {
  const schema = trainerSchemas.find(({ signature }) => signature.name === trainer);
  if (schema === undefined) throw new Error(`no trainer ${trainer}`);
  const pieces = digestOf(inputs, schema.signature);
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return { rows: value.rows, columns: value.columns };
  }
}

test.each([
  ["ridge", { X: zeros(7, 3), y: zeros(7), X_eval: zeros(2, 3) }, { rows: 7, columns: 3 }],
  ["lstm_regressor", { X: zeros(7, 5, 3), y: zeros(7, 2) }, { rows: 7, columns: 3 }],
  ["ppo", { prices: zeros(9, 1) }, { rows: 9, columns: 1 }],
  ["dqn", { prices: zeros(9, 2), features: zeros(9, 4) }, { rows: 9, columns: 6 }],
])("of %s the rows and the columns are counted", (trainer, inputs, size) => {
  expect(sizeOf(trainer, inputs)).toEqual(size);
});
