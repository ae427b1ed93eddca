/** The routes of schedules, as the OpenAPI document describes them. */
import { z } from "zod";
import { errorCodes } from "../../../../protocol/errors.js";
import { limits } from "../../../../protocol/limits.js";
import {
  decisionReasons,
  promotionRules,
  scoreNames,
  weekdays,
} from "../../../../protocol/schedule-frames.js";
import { nameSchema, type Operation } from "../openapi/operation.js";

const schedule = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/)
  .describe("The name of a schedule.");
const model = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/);
const rows = z.int().min(1).max(limits.schedule_rows_max);
const dataset = z.string().regex(/^[A-Za-z0-9._:/-]{1,128}$/);

const trigger = z
  .union([
    z.looseObject({ dataset, every_rows: rows }),
    z.looseObject({ stream: z.string(), every_observations: rows }),
    z.looseObject({ every_ms: z.int().min(1).max(limits.schedule_interval_ms_max) }),
    z.looseObject({
      at: z
        .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/))
        .min(1)
        .max(limits.schedule_times_max),
      weekdays: z.array(z.enum(weekdays)).min(1).optional(),
    }),
  ])
  .describe("When it falls due; times are UTC.");

const settings = {
  schedule,
  model: model.describe("The name of the model whose versions it publishes."),
  trainer: nameSchema.describe("A servable of the kind `trainer`."),
  parameters: z.record(nameSchema, z.unknown()).optional(),
  inputs: z
    .record(nameSchema, z.looseObject({ ref: dataset }))
    .describe("X, y and perhaps sample_weight, as references to datasets without version and rows."),
  last_rows: rows.optional().describe("The number of newest rows that are trained on; absent: all."),
  trigger,
  promote: z.enum(promotionRules).optional().describe("Absent: if_not_worse."),
  validation: z
    .looseObject({
      rows: z.int().min(1).max(limits.validation_rows_max),
      folds: z.int().min(1).max(limits.validation_folds_max).optional(),
      purge: z.int().min(0).optional(),
      score: z.enum(scoreNames).optional(),
    })
    .optional()
    .describe("The newest rows are held out, and candidate and champion are scored on them."),
  expires_after_ms: z
    .number()
    .min(1)
    .max(limits.expires_after_ms_max)
    .optional()
    .describe("Milliseconds from its publication, after which a version refuses to answer."),
  tolerance: z.number().min(0).optional().describe("By how much the candidate may be worse."),
};

const decision = z.strictObject({
  ts: z.number(),
  version: z.string(),
  promoted: z.boolean(),
  reason: z.enum(decisionReasons),
  score: z.enum(scoreNames).nullable(),
  candidate: z.number().nullable(),
  champion: z.string().nullable(),
  champion_score: z.number().nullable(),
  rows: z.array(z.int()).nullable(),
  champion_trained_on: z.enum(["none", "some", "unknown"]).nullable(),
  message: z.string().nullable(),
});

const state = z.strictObject({
  ...settings,
  by: z.string().describe("Who put it, as the gateway's log names credentials."),
  created_ts: z.number(),
  next_ts: z.number().nullable().describe("When it falls due next; null where rows or observations decide."),
  counted: z.int().nullable().describe("Rows or observations since the last retraining."),
  retrains: z.int().min(0).describe("How often it fell due."),
  running: z
    .strictObject({
      stage: z.enum(["evaluate", "train", "promote"]),
      started_ts: z.number(),
      job: z.string().nullable(),
    })
    .nullable(),
  last: decision.nullable().describe("What became of the last candidate."),
  error: z
    .strictObject({ ts: z.number(), code: z.enum(errorCodes), message: z.string() })
    .nullable()
    .describe("Why the last retraining came to nothing."),
});

export const schedulesQuerySchema = z.object({
  model: model.optional().describe("Only the schedules of this model."),
  after: schedule.optional().describe("Only the schedules whose names come after this one."),
  limit: z.int().min(1).max(limits.schedules_listed_max).optional(),
});

export const scheduleOperations: readonly Operation[] = [
  {
    method: "POST",
    path: "/v1/schedules",
    summary: "Puts a schedule, which retrains a model again and again and promotes what is not worse.",
    needs: ["training:run"],
    body: { schema: z.looseObject({ ...settings, replace: z.boolean().optional() }), required: true },
    answers: {
      200: { description: "It is on disk.", schema: z.strictObject({ created: z.boolean(), state }) },
    },
    refusals: [400, 404, 409, 413],
  },
  {
    method: "GET",
    path: "/v1/schedules",
    summary: "The schedules of the namespace, in the order of their names.",
    needs: ["training:run"],
    query: schedulesQuerySchema,
    answers: {
      200: {
        description: "The schedules.",
        schema: z.strictObject({
          schedules: z.array(state),
          next: z.string().optional().describe("The `after` that continues the list."),
        }),
      },
    },
    refusals: [400],
  },
  {
    method: "GET",
    path: "/v1/schedules/:schedule",
    summary: "One schedule.",
    needs: ["training:run"],
    answers: { 200: { description: "The schedule.", schema: z.strictObject({ state }) } },
    refusals: [400, 404],
  },
  {
    method: "POST",
    path: "/v1/schedules/:schedule/remove",
    summary: "Removes a schedule, and cancels what it trains.",
    needs: ["training:run"],
    answers: { 200: { description: "It is gone.", schema: z.strictObject({ schedule }) } },
    refusals: [400, 404],
  },
];
