/** The routes of the Open Inference Protocol, as the OpenAPI document describes them. */
import { z } from "zod";
import { idMax, limits } from "../../../../protocol/limits.js";
import { datatypeBytes } from "../../../../protocol/tensor.js";
import { nameSchema, type Operation } from "../openapi/operation.js";

const datatype = z.enum(Object.keys(datatypeBytes) as [keyof typeof datatypeBytes]);
const sizes = z.array(z.int().min(0).max(limits.tensor_elements_max)).max(limits.tensor_rank_max);
const elements = z.array(z.unknown());

const row = z.int().min(0);
const binaryInput = z.looseObject({
  binary_data_size: z.int().min(0).optional(),
  ref: nameSchema
    .optional()
    .describe("A dataset whose rows are the input, which then has no data; see /v1/datasets/put."),
  stream: nameSchema.optional().describe("A stream whose newest observations are the input."),
  version: nameSchema.optional().describe("The version of the dataset; the newest when it is absent."),
  rows: z
    .tuple([row, row])
    .optional()
    .describe("The first row, and the row after the last, counted from 0; all when it is absent."),
  last: z.int().min(1).optional().describe("The number of newest rows, in place of rows."),
  columns: z
    .union([nameSchema, z.array(z.union([nameSchema, row])).min(1)])
    .optional()
    .describe(
      "A column of the dataset, or several side by side; of a stream the places of the values, counted from 0.",
    ),
});
const inputTensor = z.looseObject({
  name: nameSchema,
  datatype: datatype.optional().describe("Absent beside ref and stream."),
  shape: sizes
    .optional()
    .describe("Beside ref and stream the shape that the rows get; their own when it is absent."),
  data: elements
    .optional()
    .describe("In JSON, flat in row-major order or nested; absent beside binary_data_size, ref and stream."),
  parameters: binaryInput.optional(),
});
const requestedOutput = z.looseObject({
  name: nameSchema,
  parameters: z.looseObject({ binary_data: z.boolean().optional() }).optional(),
});
const requestParameters = z.looseObject({
  timeout: z
    .int()
    .min(0)
    .max(limits.timeout_ms_max * 1_000)
    .optional()
    .describe("Microseconds until the deadline; 0 or absent: the servable's own."),
  priority: z.int().min(0).max(idMax).optional(),
  binary_data_output: z.boolean().optional(),
});

export const inferRequestSchema = z.looseObject({
  id: nameSchema.optional().describe("The client's own name of the request, which the answer repeats."),
  inputs: z.array(inputTensor).max(limits.tensors_max),
  outputs: z.array(requestedOutput).max(limits.tensors_max).optional(),
  parameters: requestParameters.optional().describe("Those of the protocol, and the servable's own."),
});

const outputTensor = z.strictObject({
  name: z.string(),
  datatype,
  shape: sizes,
  data: elements.optional(),
  parameters: z.strictObject({ binary_data_size: z.int() }).optional(),
});

export const inferResponseSchema = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: z.looseObject({
    backend: z.string(),
    precision: z.string(),
    cached: z.boolean(),
    inputs_used: z
      .record(z.string(), z.looseObject({ rows: z.tuple([row, row]) }))
      .optional()
      .describe("Which version and rows the inputs that are references stood for."),
  }),
  outputs: z.array(outputTensor),
});

const tensorMetadata = z.strictObject({
  name: z.string(),
  datatype,
  shape: z.array(z.int()).describe("-1 for a size that is left open."),
});
const metadata = z.looseObject({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
});
const configuredTensor = z.looseObject({ name: z.string(), data_type: z.string(), dims: z.array(z.int()) });
const config = z.looseObject({
  name: z.string(),
  platform: z.string(),
  max_batch_size: z.int(),
  input: z.array(configuredTensor),
  output: z.array(configuredTensor),
});
const readiness = z.looseObject({ name: z.string(), ready: z.boolean() });
const repositoryEntry = z.looseObject({
  name: z.string(),
  version: z.string().optional(),
  state: z.enum(["READY", "LOADING", "UNAVAILABLE"]),
  reason: z.string(),
});

const inferHeaders = z.object({
  "inference-header-content-length": z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe("Bytes of the JSON, where binary tensors follow it."),
  "idempotency-key": nameSchema.optional().describe("A request with the same key is computed once."),
});

const count = z.strictObject({ count: z.int().min(0), ns: z.int().min(0) });
const statistics = z.strictObject({
  model_stats: z.array(
    z.looseObject({
      name: z.string(),
      version: z.string(),
      inference_count: z.int().min(0).describe("Rows computed."),
      execution_count: z.int().min(0).describe("Batches computed."),
      inference_stats: z.record(z.string(), count),
    }),
  ),
});
const statisticsOf = (path: string): Operation => ({
  method: "GET",
  path,
  summary: "What was counted of each version, in Triton's form.",
  needs: ["metrics:read"],
  answers: { 200: { description: "The statistics.", schema: statistics } },
  refusals: [404],
});

const ofModel = (path: string): readonly Operation[] => [
  {
    method: "GET",
    path,
    summary: "A model's inputs and outputs.",
    needs: "any",
    answers: { 200: { description: "The metadata.", schema: metadata } },
    refusals: [404],
  },
  {
    method: "GET",
    path: `${path}/ready`,
    summary: "Whether a model answers requests.",
    needs: "any",
    answers: {
      200: { description: "It answers requests.", schema: readiness },
      503: { description: "It cannot answer now.", schema: readiness },
    },
    refusals: [404],
  },
  {
    method: "GET",
    path: `${path}/config`,
    summary: "A model's configuration, in Triton's form.",
    needs: "any",
    answers: { 200: { description: "The configuration.", schema: config } },
    refusals: [404],
  },
  statisticsOf(`${path}/stats`),
  {
    method: "POST",
    path: `${path}/infer`,
    summary: "Calls a model, a fit or an application of a fit.",
    needs: ["models:infer", "fits:run"],
    headers: inferHeaders,
    body: { schema: inferRequestSchema, required: true, binary: true },
    answers: { 200: { description: "The outputs.", schema: inferResponseSchema } },
    refusals: [400, 404, 409, 413, 501, 504],
  },
];

export const openInferenceOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v2",
    summary: "The gateway's name, version and extensions of the protocol.",
    needs: "any",
    answers: {
      200: {
        description: "The metadata of the server.",
        schema: z.strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
      },
    },
  },
  ...ofModel("/v2/models/:model"),
  ...ofModel("/v2/models/:model/versions/:version"),
  {
    method: "POST",
    path: "/v2/repository/index",
    summary: "Every model and version, in Triton's form.",
    needs: "any",
    body: { schema: z.looseObject({ ready: z.boolean().optional() }), required: false },
    answers: { 200: { description: "The index.", schema: z.array(repositoryEntry) } },
    refusals: [400, 413],
  },
  statisticsOf("/v2/models/stats"),
  ...(["load", "unload"] as const).map(
    (action): Operation => ({
      method: "POST",
      path: `/v2/repository/models/:model/${action}`,
      summary:
        action === "load"
          ? "Opens a model of the repository, and waits until it is."
          : "Closes a model of the repository until it is loaded.",
      needs: ["models:admin"],
      body: { schema: z.looseObject({}), required: false },
      answers: { 200: { description: "It is done.", schema: z.strictObject({}) } },
      refusals: [400, 404, 409, 413, 501, 504],
    }),
  ),
];
