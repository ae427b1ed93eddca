/** The content of `golden.json`. Pure. */
import { listNumbers } from "../../../protocol/number-list.js";
import { toWire } from "../../../protocol/tensor.js";
import type { Tensors } from "../../engine.js";
import type { Tolerance } from "../golden.js";

/** The source of a golden answer that was not computed by the training library. */
export const byRuntime = "ONNX Runtime itself";
const proves = "that answers stay the same, not that they are the training library's";

/** The tolerance for another machine, which may add in another order. */
const tolerance = { rtol: 1e-4, atol: 1e-5 };

interface GoldenTensors {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}

/** ONNX Runtime's own answer. */
export function goldenFile({ inputs, outputs }: GoldenTensors): string {
  const golden = { made_by: byRuntime, proves, inputs: wire(inputs), outputs: wire(outputs), ...tolerance };
  return `${JSON.stringify(golden)}\n`;
}

/**
 * The answer of the library that trained the model.
 * @param tolerances of each output
 */
export function libraryGoldenFile(
  madeBy: string,
  { inputs, outputs }: GoldenTensors,
  tolerances: Readonly<Record<string, Tolerance>>,
): string {
  const golden = { made_by: madeBy, inputs: wire(inputs), outputs: wire(outputs), tolerance: tolerances };
  return `${JSON.stringify(golden)}\n`;
}

function wire(tensors: Tensors): object {
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const { datatype, shape } = tensor;
    const data = datatype === "BYTES" ? tensor.data : listNumbers(toWire(tensor));
    return [name, { datatype, shape, data }] as const;
  });
  return Object.fromEntries(entries);
}
