/** One route as the OpenAPI document describes it. Each room of routes keeps its operations beside them. */
import { z } from "zod";
import { errorCodes } from "../../../../protocol/errors.js";
import { limits } from "../../../../protocol/limits.js";
import type { Scope } from "../../../auth/scopes.js";

export interface Operation {
  readonly method: "GET" | "POST";
  /** As the routes have it, such as `/v2/models/:model`. */
  readonly path: string;
  readonly summary: string;
  /** The scopes of which one is needed; `any`: every accepted credential will do; `none`: no credential is needed. */
  readonly needs: readonly Scope[] | "any" | "none";
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: RequestBodyForm;
  /** The answers of requests that succeed, and other answers that have a form of their own, by status. */
  readonly answers: Readonly<Record<number, AnswerForm>>;
  /** The statuses of refusals, beside those of every route. */
  readonly refusals?: readonly number[];
}

export interface RequestBodyForm {
  readonly schema: z.ZodType;
  readonly required: boolean;
  /** Whether binary tensors may follow the JSON. */
  readonly binary?: boolean;
  /** The body is bytes of this type in place of JSON. */
  readonly contentType?: string;
}

export interface AnswerForm {
  readonly description: string;
  /** `application/json` when it is absent. */
  readonly contentType?: string;
  /** Absent for text, and where there is no body. */
  readonly schema?: z.ZodType;
}

/** The body of every refusal. */
export const refusalBody = z.strictObject({
  error: z.string().describe("What is wrong, and what to do."),
  code: z.enum(errorCodes).describe("The code, as the error frames of the socket have it."),
  retryable: z.boolean().describe("Whether the same request may succeed later."),
  retry_after_ms: z.number().min(0).optional().describe("Milliseconds after which a retry is sensible."),
  processed: z
    .enum(["no", "maybe"])
    .describe("`no`: the request was certainly not run. `maybe`: it may have run."),
});

export const nameSchema = z.string().min(1).max(limits.name_length_max);

export const parameterValues = z
  .record(nameSchema, z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .describe("The servable's own parameters by name.");
