/** The routes of promotions, as the OpenAPI document describes them. */
import { z } from "zod";
import { limits } from "../../../../protocol/limits.js";
import { nameSchema, type Operation } from "../openapi/operation.js";

const alias = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/)
  .optional();
const reason = z
  .string()
  .min(1)
  .max(limits.promotion_reason_length_max)
  .optional()
  .describe("Why, for the record.");

const record = z.strictObject({
  model: z.string(),
  action: z.enum(["promote", "rollback"]),
  ts: z.number().describe("Milliseconds since the epoch."),
  by: z.string().describe("Who did it, as the gateway's log names credentials."),
  reason: z.string().nullable().describe("Why."),
  from: z.string().nullable().describe("The version with the largest share of the traffic before."),
  to: z.string().describe("The version that was chosen."),
  traffic: z.number().nullable().describe("Its share since; null where only the alias was changed."),
  alias: z.string().nullable().describe("The alias that stands for it since."),
  alias_from: z.string().nullable().describe("The version that the alias stood for before."),
  alias_dropped: z
    .string()
    .optional()
    .describe("The alias that stood for the version before and stands for none since; absent: none."),
});

const common = { method: "POST", needs: ["models:admin"], refusals: [400, 404, 409, 413, 504] } as const;
const answers = { 200: { description: "The version serves, and the choice is recorded.", schema: record } };

export const promotionOperations: readonly Operation[] = [
  {
    ...common,
    path: "/v1/models/:model/promote",
    summary: "Gives a version of a model a share of the traffic, and an alias.",
    body: {
      schema: z.looseObject({
        version: nameSchema.describe("The number of the version, or the alias that stands for it."),
        alias: alias.describe("The name that stands for the version from now on."),
        traffic: z
          .number()
          .min(0)
          .max(1)
          .optional()
          .describe("The share of the requests without a version that it answers; all where it is absent."),
        reason,
      }),
      required: true,
    },
    answers,
  },
  {
    ...common,
    path: "/v1/models/:model/rollback",
    summary: "Takes the last promotion of a model's traffic back, or of one alias.",
    body: {
      schema: z.looseObject({
        alias: alias.describe("The alias that goes back, while the traffic stays."),
        reason,
      }),
      required: true,
    },
    answers,
  },
];
