/** Writes the tensors of an Open Inference response, each as JSON or as bytes behind the JSON. */
import { HeadgateError } from "../../../../protocol/errors.js";
import { fromWire, type WireTensor } from "../../../../protocol/tensor.js";

const utf8 = new TextEncoder();

/** The bytes of a tensor as the binary extension has them. */
export function tensorBytes({ data }: WireTensor): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const parts = data.map((text) => utf8.encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

/**
 * The elements of a tensor as the text of a flat JSON array, row-major. What JSON has no number for is a string, which
 * NumPy reads as that number: `"NaN"`, `"Infinity"`, `"-Infinity"`. Integers have all their digits.
 */
export function tensorJson(tensor: WireTensor, field: string): string {
  const { datatype } = tensor;
  if (datatype === "FP16")
    throw new HeadgateError(
      "invalid_argument",
      `${field}: FP16 is answered in binary only: ask for binary_data`,
    );
  const { data } = fromWire(tensor);
  if (!ArrayBuffer.isView(data)) return JSON.stringify(data);
  if (datatype === "BOOL") return `[${Array.from(data as Uint8Array, (each) => each !== 0).join(",")}]`;
  if (datatype !== "FP32" && datatype !== "FP64") return `[${data.join(",")}]`;
  return `[${Array.from(data as Float64Array, (each) => (Number.isFinite(each) ? each : `"${each}"`)).join(",")}]`;
}
