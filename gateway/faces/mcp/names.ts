/** Schemas of the names and limits that several tools take. */
import { z } from "zod";
import { limits } from "../../../protocol/limits.js";

export const modelName = z
  .string()
  .min(1)
  .max(limits.name_length_max)
  .describe("The name of a model or fit, as list_models has it.");

export const version = z
  .string()
  .min(1)
  .max(limits.name_length_max)
  .optional()
  .describe("The version. Absent: the gateway chooses one.");

export const streamName = z
  .string()
  .regex(/^[A-Za-z0-9._:/-]{1,64}$/, "must be 1 to 64 of letters, digits and . _ : / -")
  .describe("The name of a market stream, as list_streams has it.");

export const contains = z
  .string()
  .max(limits.name_length_max)
  .optional()
  .describe("Lists only names that contain this text.");

export const after = z
  .string()
  .max(limits.name_length_max)
  .optional()
  .describe("Continues a list: the next of the earlier answer.");

/** The largest number of entries that an answer has. */
export function limit(fallback: number, largest: number) {
  return z
    .int()
    .min(1)
    .max(largest)
    .default(fallback)
    .describe("The largest number of entries in the answer.");
}
