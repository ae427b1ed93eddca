/** The routes of streams, as the OpenAPI document describes them. */
import { z } from "zod";
import { limits } from "../../../../protocol/limits.js";
import { datatypeBytes } from "../../../../protocol/tensor.js";
import { nameSchema, type Operation, parameterValues } from "../openapi/operation.js";

const stream = z
  .string()
  .regex(/^[A-Za-z0-9._:/-]{1,64}$/)
  .describe("The stream's name.");
const time = z
  .number()
  .min(-limits.time_ms_max)
  .max(limits.time_ms_max)
  .describe("Milliseconds since the epoch.");
const times = z.array(time).min(1).max(limits.observations_max);
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);

const observedValues = z
  .looseObject({
    datatype: z.enum(["FP64", "FP32"]),
    shape: z.array(z.int().min(0).max(limits.tensor_elements_max)).min(1).max(2),
    data: z.array(number).describe("Flat, in row-major order."),
  })
  .describe("[d] or [1, d] beside one time, and [n, d] beside n times.");

export const openRequestSchema = z.looseObject({
  stream,
  detector: nameSchema.describe("The detector that watches the stream."),
  parameters: parameterValues.optional(),
  replace: z
    .boolean()
    .optional()
    .describe("Whether an open stream may be replaced by one with another detector or other parameters."),
  history: z
    .looseObject({ ts: z.union([time, times]), values: observedValues })
    .optional()
    .describe("Earlier observations with which a new stream begins; they cause no events."),
});

export const observeRequestSchema = z.looseObject({
  stream,
  ts: z.union([time, times]),
  values: observedValues,
});

export const closeRequestSchema = z.looseObject({ stream });

export const stateQuerySchema = z.object({
  stream,
  path: z
    .enum(["filtered", "smoothed"])
    .optional()
    .describe("`filtered`: no state depends on later observations. `smoothed`: from all observations."),
  limit: z
    .int()
    .min(1)
    .max(limits.path_max)
    .optional()
    .describe("Observations in the path, the newest ones."),
  values: z.boolean().optional().describe("Whether the path includes the observed values."),
});

export const describeQuerySchema = z.object({
  model: nameSchema.optional().describe("The name of one model, fit or detector."),
});

const answeredTensor = z.strictObject({
  datatype: z.enum(Object.keys(datatypeBytes) as [keyof typeof datatypeBytes]),
  shape: z.array(z.int()),
  data: z.array(number),
});

export const stateSchema = z.strictObject({
  kind: z.literal("regime_state"),
  stream,
  regime: z.string(),
  probability: z.number().nullable(),
  probabilities: z.record(z.string(), z.number()),
  detector: z.string(),
  version: z.string(),
  observations: z.int(),
  last_ts: time.nullable(),
});

const pathSchema = z.strictObject({
  kind: z.enum(["filtered", "smoothed"]),
  causal: z.boolean(),
  regimes: z.array(z.string()),
  ts: answeredTensor,
  regime: answeredTensor,
  probabilities: answeredTensor,
  values: answeredTensor.optional(),
});

const opened = z.strictObject({
  stream,
  detector: z.string(),
  created: z.boolean(),
  last_ts: time.nullable(),
  observations: z.int(),
});

const observed = z.strictObject({
  stream,
  duplicate: z.boolean(),
  accepted: z.int(),
  duplicates: z.int(),
  last_ts: time,
});

const described = z.looseObject({ name: z.string(), version: z.string().nullable() });
const servables = z.strictObject({
  models: z.array(described.extend({ kind: z.string(), state: z.string() })),
  detectors: z.array(described),
  kernels: z.looseObject({}).nullable(),
});

const post = {
  method: "POST",
  needs: ["streams:write"],
  refusals: [400, 404, 409, 413],
} as const;

export const streamOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v1/describe",
    summary: "Every model, fit and detector, with its inputs, outputs and parameters.",
    needs: "any",
    query: describeQuerySchema,
    answers: { 200: { description: "What can be called.", schema: servables } },
    refusals: [400, 404],
  },
  {
    ...post,
    path: "/v1/streams/open",
    summary: "Opens a stream of observations that a detector watches.",
    body: { schema: openRequestSchema, required: true },
    answers: { 200: { description: "The stream is open.", schema: opened } },
  },
  {
    ...post,
    path: "/v1/streams/observe",
    summary: "Adds observations to a stream.",
    body: { schema: observeRequestSchema, required: true },
    answers: { 200: { description: "The observations are stored.", schema: observed } },
  },
  {
    ...post,
    path: "/v1/streams/close",
    summary: "Closes a stream and deletes its observations.",
    body: { schema: closeRequestSchema, required: true },
    answers: { 200: { description: "The stream is closed.", schema: z.strictObject({ stream }) } },
  },
  {
    method: "GET",
    path: "/v1/streams/state",
    summary: "The current state of a stream, and its path.",
    needs: ["streams:read"],
    query: stateQuerySchema,
    answers: {
      200: {
        description: "The state.",
        schema: z.strictObject({ stream, state: stateSchema, path: pathSchema.optional() }),
      },
    },
    refusals: [400, 404],
  },
];
