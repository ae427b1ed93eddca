/** Reads the models that make.py exported. */
import { readFileSync } from "node:fs";
import type { Tensors } from "../../../engines/engine.js";
import type { ExportedModel } from "../../../engines/training/trainer.js";
import { parseTensor } from "../../../protocol/parse-tensor.js";
import { fromWire, type WireTensor } from "../../../protocol/tensor.js";

interface ExportedFile {
  readonly onnx: string;
  readonly inputs: ExportedModel["inputs"];
  readonly outputs: ExportedModel["outputs"];
  readonly golden: { readonly inputs: object; readonly outputs: object };
  readonly tolerance: ExportedModel["tolerance"];
  readonly rows: unknown;
  readonly answers: object;
}

export interface ExportedCase {
  readonly model: ExportedModel;
  /** Rows beside the golden ones, and what the library itself answers for them. */
  readonly rows: WireTensor;
  readonly answers: Tensors;
}

export function exportedCase(trainer: string): ExportedCase {
  const text = readFileSync(new URL(`./${trainer}.json`, import.meta.url), "utf8");
  const { onnx, inputs, outputs, golden, tolerance, rows, answers } = JSON.parse(text) as ExportedFile;
  const model: ExportedModel = {
    onnx: new Uint8Array(Buffer.from(onnx, "base64")),
    inputs,
    outputs,
    golden: { inputs: tensors(golden.inputs), outputs: tensors(golden.outputs) },
    tolerance,
    convertMs: 1,
  };
  return { model, rows: parseTensor(rows, "rows", "json"), answers: tensors(answers) };
}

function tensors(map: object): Tensors {
  return Object.fromEntries(
    Object.entries(map).map(([name, tensor]) => [name, fromWire(parseTensor(tensor, name, "json"))]),
  );
}
