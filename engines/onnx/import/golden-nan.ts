/** Finds golden inputs with NaN or infinity: a client that sends them is refused unless the input has `allow_nan`. */
import { toWire } from "../../../protocol/tensor.js";
import type { Tensors } from "../../engine.js";
import { firstNonFinite } from "../../non-finite.js";
import { readGolden } from "../golden.js";
import type { ModelConfig } from "../model-config.js";

/** The names of the inputs that contain a non-finite number. Pure. */
export function nonFiniteInputs(inputs: Tensors): ReadonlySet<string> {
  const named = Object.entries(inputs).filter(([, tensor]) => firstNonFinite(toWire(tensor)) >= 0);
  return new Set(named.map(([name]) => name));
}

/** One sentence for each input whose golden rows a client could not send. */
export async function nanNotes({ input }: ModelConfig, goldenPath: string): Promise<string[]> {
  const found = nonFiniteInputs((await readGolden(goldenPath)).inputs);
  return input.filter(({ name, allow_nan }) => found.has(name) && !allow_nan).map(({ name }) => noteOf(name));
}

function noteOf(name: string): string {
  return `The golden input ${name} has NaN or infinity, which clients are refused: set "allow_nan": true for ${name} in config.json if the model is to take them.`;
}
