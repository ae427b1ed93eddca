/**
 * Makes the texts of trials from the golden texts: shorter and longer ones, so that each is padded to other texts'
 * lengths. Pure.
 */
import type { Tensors } from "../../engine.js";
import type { TrialRow } from "./rows.js";

const textsTaken = 4;
/** Numbers of words to which a text is cut or extended by repetition. */
const lengths = [1, 2, 4, 7, 13, 28, 60];

/** @param inputs the one input, of strings */
export function trialTexts(inputs: Tensors): TrialRow[] {
  return Object.entries(inputs).flatMap(([name, { datatype, shape, data }]) => {
    if (datatype !== "BYTES") return [];
    const given = (data as readonly string[]).slice(0, textsTaken);
    const rowOf = (text: string) => ({ [name]: { datatype, shape: [1, ...shape.slice(1)], data: [text] } });
    const made = lengths.map((length, i) => worded(given[i % Math.max(1, given.length)] ?? "", length));
    return [
      ...given.map((text) => ({ row: rowOf(text), given: true })),
      ...made.map((text) => ({ row: rowOf(text), given: false })),
    ];
  });
}

function worded(text: string, length: number): string {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return Array.from({ length }, (_, i) => words[i % Math.max(1, words.length)] ?? "a").join(" ");
}
