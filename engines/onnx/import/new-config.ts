/** Converts a decision to `config.json`, checked with the gateway's own schema. Pure. */
import { z } from "zod";
import { type ModelConfig, modelConfigSchema } from "../model-config.js";
import type { ImportDecision } from "./import-decision.js";

type ConfigDecision = Omit<ImportDecision, "tried" | "misdeclared" | "notes">;

export function newConfig(name: string, decided: ConfigDecision): object {
  const { max_batch_size, input, output, tokenizer, policy } = decided;
  return {
    name,
    platform: "onnxruntime_onnx",
    max_batch_size,
    input,
    output,
    ...(tokenizer !== undefined && { tokenizer }),
    ...(policy !== undefined && { policy }),
  };
}

/** @throws when the gateway would refuse the config, naming the field */
export function configOf(name: string, decided: ConfigDecision): ModelConfig {
  const parsed = modelConfigSchema.safeParse(newConfig(name, decided));
  if (!parsed.success) throw new Error(`it cannot be described: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
