/** Makes values that fit an input's signature, so that a servable can be tried at once. Pure; the same each time. */
import type { TensorSignature } from "./servable-choices.js";

/** Sizes that examples give to the sizes that a signature leaves open, by name; others are 3. */
const sizes: Readonly<Record<string, number>> = { batch: 2, n: 60, p: 3, columns: 3, k: 2 };
const otherSize = 3;

const sentences = [
  "Shares rose sharply after the company raised its forecast.",
  "The bank reported heavy losses and cut its dividend.",
  "The committee meets again on Wednesday.",
];

/** The text for an input's field: rows of cells, or nested JSON where there are more than two dimensions. */
export function exampleText(signature: TensorSignature): string {
  const shape = signature.shape.map((size) => (typeof size === "number" ? size : (sizes[size] ?? otherSize)));
  const next = generatorOf(signature.datatypes[0] ?? "FP64");
  const fill = ([size, ...inner]: readonly number[]): unknown =>
    size === undefined ? next() : Array.from({ length: size }, () => fill(inner));
  const values = fill(shape);
  if (signature.datatypes.includes("BYTES") || shape.length > 2)
    return shape.length <= 1 ? [values].flat().join("\n") : JSON.stringify(values);
  if (!Array.isArray(values)) return String(values);
  return values.map((row) => (Array.isArray(row) ? row.join(", ") : row)).join("\n");
}

/** Numbers are above 0 and around 1, which all fits take, also those that allow no negative number. */
function generatorOf(datatype: string): () => string | number | boolean {
  let count = 0;
  const uniform = uniforms();
  return () => {
    const at = count++;
    if (datatype === "BYTES") return sentences[at % sentences.length] ?? "";
    if (datatype === "BOOL") return at % 2 === 0;
    if (/INT/.test(datatype)) return at + 1;
    return Math.round(10_000 * (0.5 + (uniform() + uniform() + uniform()) / 3)) / 10_000;
  };
}

/** Days of each spell of the example for detectors, calm and turbulent by turns. */
const spells = [150, 60, 150, 60, 40];

/** Daily returns for a detector, [n, 1]. */
export function exampleReturns(): string {
  const uniform = uniforms();
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return spells
    .flatMap((days, i) =>
      Array.from({ length: days }, () => (normal() * (i % 2 === 0 ? 0.006 : 0.03)).toFixed(6)),
    )
    .join("\n");
}

/** Numbers from 0 to 1 of a linear congruential generator, the constants from Numerical Recipes. */
function uniforms(): () => number {
  let state = 12_345;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
