/** The routes of datasets, as the OpenAPI document describes them. */
import { z } from "zod";
import { limits } from "../../../../protocol/limits.js";
import { datatypeBytes } from "../../../../protocol/tensor.js";
import { nameSchema, type Operation } from "../openapi/operation.js";

const dataset = z
  .string()
  .regex(/^[A-Za-z0-9._:/-]{1,128}$/)
  .describe("The dataset's name.");
const version = nameSchema.describe("A version of the dataset.");
const time = z
  .number()
  .min(-limits.time_ms_max)
  .max(limits.time_ms_max)
  .describe("The time that the data is of, in milliseconds since the epoch.");
const datatype = z.enum(Object.keys(datatypeBytes) as [keyof typeof datatypeBytes]).exclude(["BYTES"]);
const size = z.int().min(1).max(limits.tensor_elements_max);
const element = z.union([z.number(), z.boolean(), z.string()]);

const columns = z
  .record(
    nameSchema,
    z.looseObject({
      datatype,
      shape: z.array(size).min(1).max(limits.tensor_rank_max).describe("[rows], or [rows, ...]."),
      data: z.array(element).describe("Flat, in row-major order."),
    }),
  )
  .describe("The columns by name. All have equally many rows, at least one.");

export const putRequestSchema = z.looseObject({
  dataset: dataset.optional().describe("The dataset's name; named after its content when it is absent."),
  columns,
  ts: time.optional(),
  expiry_ms: z
    .int()
    .min(1_000)
    .optional()
    .describe(
      "Milliseconds without use after which it is removed, where that is sooner than the gateway's own limit.",
    ),
});
export const appendRequestSchema = z.looseObject({
  dataset,
  version: version.optional().describe("The version that must be the newest, or nothing is added."),
  columns,
  ts: time.optional(),
});
export const dropRequestSchema = z.looseObject({
  dataset,
  version: version.optional().describe("The version to remove; all when it is absent."),
});
export const datasetsQuerySchema = z.object({
  prefix: nameSchema.optional().describe("Only datasets whose names begin so."),
  after: nameSchema.optional().describe("Only datasets whose names come after this one."),
  limit: z
    .int()
    .min(1)
    .max(limits.datasets_listed_max)
    .optional()
    .describe("The largest number of datasets in the answer."),
});

const kept = z.strictObject({
  dataset,
  version,
  rows: z.int().min(1),
  bytes: z.int().min(1).describe("Bytes of the elements of all columns."),
  sha256: z.string().describe("The hash of the content, in hex."),
});
const entry = kept.extend({
  columns: z.array(z.strictObject({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
  versions: z.int().min(1).describe("Versions that are kept."),
  age_ms: z.number().min(0).describe("Milliseconds since the newest version was kept."),
  idle_ms: z.number().min(0).describe("Milliseconds since it was last put, appended to or referred to."),
  ts: time.optional(),
});

const post = { method: "POST", needs: ["datasets:write"], refusals: [400, 404, 409, 413] } as const;

export const datasetOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v1/datasets",
    summary: "The datasets of the namespace, with rows, bytes and age.",
    needs: ["datasets:write", "fits:run", "models:infer"],
    query: datasetsQuerySchema,
    answers: {
      200: {
        description: "The datasets, in the order of their names.",
        schema: z.strictObject({
          datasets: z.array(entry),
          total: z.int().min(0).describe("Datasets with the prefix."),
          next: z.string().optional().describe("The `after` that continues the list."),
        }),
      },
    },
    refusals: [400],
  },
  {
    ...post,
    path: "/v1/datasets/put",
    summary: "Keeps columns as a version of a dataset, which requests refer to.",
    body: { schema: putRequestSchema, required: true },
    answers: { 200: { description: "The version is kept.", schema: kept } },
  },
  {
    ...post,
    path: "/v1/datasets/append",
    summary: "Adds rows to a dataset, which makes a new version.",
    body: { schema: appendRequestSchema, required: true },
    answers: { 200: { description: "The new version is kept.", schema: kept } },
  },
  {
    ...post,
    path: "/v1/datasets/drop",
    summary: "Removes a dataset, or one version of it.",
    body: { schema: dropRequestSchema, required: true },
    answers: {
      200: {
        description: "It is gone.",
        schema: z.strictObject({ dataset, version: version.optional() }),
      },
    },
  },
];
