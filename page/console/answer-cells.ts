/** Writes an answer's elements as text. Pure. */
import type { Tensor } from "../../protocol/tensor.js";

/** Characters of a string that are shown in a table. */
const textMax = 200;

/** An element as a table shows it. */
export function cellText(tensor: Tensor, at: number): string {
  const value = elementOf(tensor, at);
  if (typeof value === "number") return numberText(value);
  const text = String(value);
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}

/** Seven significant digits: what FP32 holds, and enough for people. */
function numberText(value: number): string {
  return Number.isFinite(value) && !Number.isInteger(value)
    ? String(Number(value.toPrecision(7)))
    : String(value);
}

/** An element as JavaScript has it: FP16 converted from its bits. */
export function elementOf({ datatype, data }: Tensor, at: number): number | bigint | string | boolean {
  const value = data[at] ?? "";
  if (datatype === "BOOL") return value === 1;
  return datatype === "FP16" && typeof value === "number" ? fromHalf(value) : value;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1_024) * 2 ** (exponent - 15);
}

/**
 * The outputs as JSON, nested as their shapes say; of each array only the first elements, so that the text is bounded.
 * Integers of 64 bits and numbers that JSON lacks are written as strings.
 */
export function answerJson(outputs: Readonly<Record<string, Tensor>>, eachMax: number): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, shownTensor(tensor, eachMax)])),
    undefined,
    1,
  ).replace(
    /\[\s+((?:[^[\]{}"]|"(?:[^"\\]|\\.)*")*?)\s+\]/g,
    (_, inner: string) =>
      // An innermost array is written on one line.
      `[${inner.replace(/\s*\n\s*/g, " ")}]`,
  );
}

function shownTensor(tensor: Tensor, eachMax: number): unknown {
  const { datatype, shape } = tensor;
  const budget = { elements: 2_000 };
  const isCut = shape.some((size) => size > eachMax) || shape.reduce((a, b) => a * b, 1) > budget.elements;
  return {
    datatype,
    shape,
    ...(isCut && { shown: `the first ${eachMax} of each dimension, and no more than ${budget.elements}` }),
    data: nested(tensor, shape, 0, eachMax, budget),
  };
}

function nested(
  tensor: Tensor,
  shape: readonly number[],
  at: number,
  eachMax: number,
  budget: { elements: number },
): unknown {
  const [size, ...inner] = shape;
  if (size === undefined) {
    budget.elements--;
    const value = elementOf(tensor, at);
    const isPlain = typeof value !== "bigint" && !(typeof value === "number" && !Number.isFinite(value));
    return isPlain ? value : String(value);
  }
  const stride = inner.reduce((a, b) => a * b, 1);
  const shown: unknown[] = [];
  for (let i = 0; i < Math.min(size, eachMax) && budget.elements > 0; i++)
    shown.push(nested(tensor, inner, at + i * stride, eachMax, budget));
  return shown;
}
