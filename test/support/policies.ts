/** A policy as a trainer exports it: a small graph made by hand, with its observation's layout. */
import type { PolicyLayout } from "../../engines/policy-layout.js";
import type { TensorSpec } from "../../engines/servable.js";
import type { ExportedModel } from "../../engines/training/trainer.js";
import type { Tensor } from "../../protocol/tensor.js";
import { onnxFile } from "./onnx.js";

/** Two rows of two columns, and the position: five numbers. */
export const layout: PolicyLayout = {
  window: 2,
  columns: ["return_1", "volatility_5"],
  state: ["position"],
  actions: { kind: "weight", low: -1, high: 1 },
  scaling: { kind: "none" },
};

export const observed = 5;

const tensor = (name: string): TensorSpec => ({
  name,
  datatypes: ["FP32"],
  shape: ["batch", observed],
  description: `The ${name}.`,
});

const fp32 = (data: readonly number[]): Tensor => ({
  datatype: "FP32",
  shape: [data.length / observed, observed],
  data: Float32Array.from(data),
});

/** The file of a graph that answers action = -observation. */
export function policyFile(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return onnxFile(
    {
      inputs: [{ name: "observation", type: 1, shape: ["batch", observed] }],
      outputs: [{ name: "action", type: 1, shape: ["batch", observed] }],
      nodes: [{ op: "Neg", inputs: ["observation"], outputs: ["action"] }],
    },
    { metadata },
  );
}

export function policy(): ExportedModel {
  const golden = [1, 2, 3, 4, 5, -1, 0, 1, 0.5, -0.5];
  return {
    onnx: policyFile(),
    inputs: [tensor("observation")],
    outputs: [tensor("action")],
    golden: {
      inputs: { observation: fp32(golden) },
      outputs: { action: fp32(golden.map((value) => -value)) },
    },
    tolerance: { action: { absolute: 0, relative: 1e-6 } },
    convertMs: 1,
  };
}
