/** The routes of training, as the OpenAPI document describes them. */
import { z } from "zod";
import { errorCodes } from "../../../../protocol/errors.js";
import { limits } from "../../../../protocol/limits.js";
import { jobStates } from "../../../../protocol/train-frames.js";
import { nameSchema, type Operation } from "../openapi/operation.js";

const job = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/)
  .describe("The name of a job.");
const model = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/);
const version = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .describe("The version; one more than the model's highest when it is absent.");
const traffic = z
  .number()
  .min(0)
  .max(1)
  .describe("The share of the requests without a version that it answers; all when it is absent.");
const expiresAfterMs = z
  .number()
  .min(1)
  .max(limits.expires_after_ms_max)
  .describe("Milliseconds after which the version refuses to answer; never when it is absent.");
const element = z.union([z.number(), z.boolean(), z.string()]);

const tensor = z.looseObject({
  datatype: z
    .string()
    .describe("The datatype of the elements, with the names of the Open Inference Protocol."),
  shape: z.array(z.int().min(0)).max(limits.tensor_rank_max),
  data: z.array(element).describe("Flat, in row-major order."),
});
const input = z
  .union([tensor, z.looseObject({ ref: z.string() }), z.looseObject({ stream: z.string() })])
  .describe("A tensor, or a reference to rows of a dataset or of a stream.");

const publish = z.looseObject({
  model: model.describe("The model's name."),
  version: version.optional(),
  traffic: traffic.optional(),
  aliases: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/))
    .min(1)
    .max(limits.aliases_max)
    .optional(),
  expires_after_ms: expiresAfterMs.optional(),
});

export const trainRequestSchema = z.looseObject({
  trainer: nameSchema.describe("A servable of the kind `trainer`."),
  version: nameSchema.optional(),
  inputs: z.record(nameSchema, input).describe("X, y and what else the trainer takes, by name."),
  parameters: z
    .record(nameSchema, z.unknown())
    .optional()
    .describe("The library's own parameters. Arrays and objects may be nested."),
  keep_seconds: z
    .number()
    .gt(0)
    .max(limits.keep_seconds_max)
    .optional()
    .describe("Seconds for which the fitted model is kept under the handle in the answer."),
  publish: publish.optional().describe("Makes the fitted model a version of a model."),
  background: z.boolean().optional().describe("Answers with the job's name at once."),
  label: z.string().min(1).max(limits.job_label_length_max).optional().describe("A text shown with the job."),
  key: nameSchema.optional().describe("The idempotency key."),
  timeout_ms: z.number().min(0).max(limits.timeout_ms_max).optional(),
  priority: z.int().min(0).optional(),
  traceparent: nameSchema.optional(),
});

const published = z.strictObject({ model: z.string(), version: z.string() });
const training = z.strictObject({
  job,
  fit_ms: z.number().min(0).describe("Milliseconds of the library's own fit."),
  convert_ms: z.number().min(0).nullable().describe("Milliseconds of the export; null while it goes on."),
  libraries: z.record(z.string(), z.string()).describe("The versions of what fitted."),
  published: published.optional(),
});
const inputsUsed = z.record(z.string(), z.looseObject({ rows: z.array(z.int().min(0)) }));
const outputs = z.record(z.string(), tensor).describe("The fitted attributes.");

const trained = z.strictObject({
  model: z.string().describe("The trainer."),
  version: z.string(),
  backend: z.string(),
  precision: z.string(),
  timing: z.strictObject({ queue_ms: z.number(), compute_ms: z.number(), batch_size: z.int() }),
  cached: z.boolean().optional(),
  inputs_used: inputsUsed.optional(),
  training,
  outputs,
});
const acknowledged = z.strictObject({ job, inputs_used: inputsUsed.optional() });

const time = z.number().nullable().describe("Milliseconds since the epoch.");
const state = z.strictObject({
  kind: z.literal("job_state"),
  job,
  trainer: z.string(),
  label: z.string().nullable(),
  state: z.enum(jobStates),
  stage: z.enum(["fit", "convert", "publish"]).nullable(),
  background: z.boolean(),
  created_ts: z.number(),
  started_ts: time,
  ended_ts: time,
  share_done: z.number().nullable(),
  remaining_ms: z.number().nullable(),
  loss: z.number().nullable(),
  score: z.number().nullable(),
  fit_ms: z.number().nullable(),
  convert_ms: z.number().nullable(),
  restarts: z.int().min(0),
  resumed_from: z.enum(["start", "checkpoint"]).nullable(),
  handle: z.string().nullable(),
  published: published.nullable(),
  error: z.strictObject({ code: z.enum(errorCodes), message: z.string() }).nullable(),
});

export const jobsQuerySchema = z.object({
  state: z.enum(jobStates).optional().describe("Only the jobs in this state."),
  before: job.optional().describe("Only the jobs older than this one."),
  limit: z.int().min(1).max(limits.jobs_listed_max).optional(),
});
export const jobQuerySchema = z.object({
  log: z.boolean().optional().describe("Whether the log and the learning curve are included."),
  outputs: z.boolean().optional().describe("Whether the fitted attributes are included."),
  onnx_from: z.int().min(0).optional().describe("The first byte of the exported model to include."),
});
export const uploadQuerySchema = z.object({
  version: version.optional(),
  traffic: traffic.optional(),
  aliases: z.string().optional().describe("Names that stand for this version, separated by commas."),
  expires_after_ms: expiresAfterMs.optional(),
});

const described = z.strictObject({
  job,
  state,
  log: z.array(z.string()).optional(),
  curve: z
    .array(
      z.strictObject({
        iteration: z.int(),
        loss: z.number().nullable(),
        score: z.number().nullable(),
        figures: z
          .record(z.string(), z.number())
          .optional()
          .describe("What else the trainer told, by name: of a policy its reward and its entropy."),
      }),
    )
    .optional(),
  outputs: outputs.optional(),
  training: training.optional(),
  onnx: z
    .strictObject({
      from: z.int(),
      total: z.int(),
      sha256: z.string(),
      bytes: z.string().describe("The bytes as base64."),
    })
    .optional(),
});

const refusals = [400, 404, 409, 413];

export const trainingOperations: readonly Operation[] = [
  {
    method: "POST",
    path: "/v1/train",
    summary: "Trains a model, and answers with the fitted attributes or with the job's name.",
    needs: ["training:run"],
    body: { schema: trainRequestSchema, required: true },
    answers: {
      200: { description: "It has fitted, or is a job.", schema: z.union([trained, acknowledged]) },
    },
    refusals: [...refusals, 504],
  },
  {
    method: "GET",
    path: "/v1/jobs",
    summary: "The trainings of the namespace, newest first.",
    needs: ["training:run"],
    query: jobsQuerySchema,
    answers: {
      200: {
        description: "The jobs.",
        schema: z.strictObject({
          jobs: z.array(state),
          next: z.string().optional().describe("The `before` that continues the list."),
        }),
      },
    },
    refusals: [400, 404],
  },
  {
    method: "GET",
    path: "/v1/jobs/:job",
    summary: "One training, with its log and its fitted attributes where they are asked for.",
    needs: ["training:run"],
    query: jobQuerySchema,
    answers: { 200: { description: "The job.", schema: described } },
    refusals: [400, 404, 409],
  },
  {
    method: "POST",
    path: "/v1/jobs/:job/cancel",
    summary: "Cancels a training.",
    needs: ["training:run"],
    answers: {
      200: { description: "It is cancelled.", schema: z.strictObject({ job, state }) },
    },
    refusals: [400, 404, 409],
  },
  {
    method: "POST",
    path: "/v1/models/:model/versions",
    summary: "Makes the ONNX file in the body a version of a model.",
    needs: ["models:admin"],
    query: uploadQuerySchema,
    body: { schema: z.unknown(), required: true, contentType: "application/octet-stream" },
    answers: { 200: { description: "The version serves.", schema: published } },
    refusals: [400, 409, 413],
  },
];
