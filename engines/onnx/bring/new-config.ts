/** A decision as `config.json` says it, and as the gateway reads it. Pure. */
import { z } from "zod";
import { type ModelConfig, modelConfigSchema } from "../model-config.js";
import type { Decision } from "./decision.js";

type Decided = Omit<Decision, "tried" | "misdeclared" | "notes">;

export function newConfig(name: string, decided: Decided): object {
  const { max_batch_size, input, output, tokenizer } = decided;
  return {
    name,
    platform: "onnxruntime_onnx",
    max_batch_size,
    input,
    output,
    ...(tokenizer !== undefined && { tokenizer }),
  };
}

/** @throws when the gateway would refuse it, naming the field */
export function configOf(name: string, decided: Decided): ModelConfig {
  const parsed = modelConfigSchema.safeParse(newConfig(name, decided));
  if (!parsed.success) throw new Error(`it cannot be described: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
