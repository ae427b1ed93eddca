/** What the tools `infer` and `fit` have in common: they ask one servable, and show some rows of its answer. */
import { z } from "zod";
import { limits } from "../../../../protocol/limits.js";
import { parseParameters } from "../../../../protocol/parse-client-frame.js";
import type { InputsUsed } from "../../../../protocol/reference.js";
import type { InferenceHandle } from "../../../requests/answers.js";
import type { ServableDescription } from "../../../requests/describe.js";
import type { PendingAnswer } from "../../../waiting/pending-answer.js";
import { readTensors } from "../input-tensors.js";
import { shownTensor } from "../output-tensors.js";
import type { ToolCall } from "../tool.js";

/** Elements of all outputs together that are shown in one answer: about 100 kB of text. */
const elementsMax = 10_000;
const rowsDefault = 50;

export const tensorsSchema = z
  .record(z.string(), z.unknown())
  .describe(
    'Data by the name of the input: a number, a list, or a list of rows such as {"X": [[0.1, 0.2], [0.3, 0.4]]}. To state shape or datatype: {"X": {"data": [1, 2, 3, 4], "shape": [2, 2], "datatype": "FP32"}}. In place of data, rows that the gateway has: {"X": {"ref": "returns", "last": 252}} for a dataset, with rows [from, to] or last, columns and version, or {"X": {"stream": "SPX", "last": 42}} for the newest observations of a stream. describe_model has the names.',
  );

const parameterSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const requestFields = {
  parameters: z
    .record(z.string(), parameterSchema)
    .optional()
    .describe("Parameters by name; describe_model has their names, defaults and ranges."),
  outputs: z
    .array(z.string().min(1).max(limits.name_length_max))
    .min(1)
    .max(limits.tensors_max)
    .optional()
    .describe("The names of the wanted outputs. All outputs when absent."),
  timeout_ms: z
    .int()
    .min(1)
    .max(limits.timeout_ms_max)
    .optional()
    .describe("Milliseconds after which the request fails. The model's default when absent."),
  from_row: z.int().min(0).default(0).describe("The first row of each output to show."),
  rows: z
    .int()
    .min(1)
    .max(1_000)
    .default(rowsDefault)
    .describe("The largest number of rows of each output to show; the rest is summarised."),
};

export const shownTensorSchema = z.object({
  datatype: z.string(),
  shape: z.array(z.int()).describe("The shape of the whole output."),
  data: z.unknown().describe("The rows that are shown, as nested lists."),
  shown_rows: z.string().optional().describe("Which rows are shown, where some are not."),
  summary: z
    .object({
      min: z.number().nullable(),
      max: z.number().nullable(),
      mean: z.number().nullable(),
      not_finite: z.int(),
    })
    .optional()
    .describe("Figures over all rows, where some are not shown."),
});

export const answerSchema = z.object({
  model: z.string(),
  version: z.string(),
  outputs: z.record(z.string(), shownTensorSchema).describe("The outputs by name."),
  cached: z.boolean().describe("True when the answer was computed for an earlier request."),
  inputs_used: z
    .record(z.string(), z.looseObject({ rows: z.tuple([z.int(), z.int()]) }))
    .optional()
    .describe(
      "What the inputs that are references stood for: the version of a dataset and its rows, or the observations of a stream and last_ts, the time of the last one.",
    ),
  backend: z.string(),
  precision: z.string(),
  queue_ms: z.number(),
  compute_ms: z.number(),
});

export interface InferenceArguments {
  readonly model: string;
  readonly version?: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly outputs?: readonly string[] | undefined;
  readonly timeout_ms?: number | undefined;
  readonly from_row: number;
  readonly rows: number;
}

/** The version that the arguments name, or one that answers. */
export function described(
  { requester, requests, id }: Pick<ToolCall, "requester" | "requests" | "id">,
  model: string,
  version?: string,
): ServableDescription | undefined {
  const versions = requests.versionsOf(requester, model, id);
  return (
    versions.find((each) => each.version === version) ??
    versions.find((each) => each.inputs !== undefined) ??
    versions[0]
  );
}

export async function infer(
  args: InferenceArguments,
  signature: ServableDescription | undefined,
  { requester, requests, signal, traceparent, id }: ToolCall,
): Promise<z.input<typeof answerSchema>> {
  const running = requests.infer(
    requester,
    {
      model: args.model,
      version: args.version,
      inputs: readTensors(args.inputs, signature?.inputs ?? []),
      parameters: args.parameters && parseParameters({ parameters: args.parameters }),
      outputs: args.outputs,
      timeoutMs: args.timeout_ms,
      traceparent,
    },
    id,
  );
  return shown(running, await untilAborted(running, signal), args);
}

/** The answer; the request is cancelled when the client cancels the call or disconnects. */
export async function untilAborted<T>(running: PendingAnswer<T>, signal: AbortSignal): Promise<T> {
  const leave = () => running.cancel();
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    return await running.answer;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

function shown(
  { cached }: InferenceHandle,
  { model, version, outputs, backend, precision, timing, inputsUsed }: Awaited<InferenceHandle["answer"]>,
  { from_row: fromRow, rows }: InferenceArguments,
): z.input<typeof answerSchema> {
  const names = Object.entries(outputs);
  const elements = Math.floor(elementsMax / Math.max(1, names.length));
  return {
    model,
    version,
    outputs: Object.fromEntries(
      names.map(([name, tensor]) => [name, shownTensor(tensor, { fromRow, rows, elements })]),
    ),
    cached,
    ...(inputsUsed !== undefined && { inputs_used: shownUse(inputsUsed) }),
    backend,
    precision,
    queue_ms: timing.queue_ms,
    compute_ms: timing.compute_ms,
  };
}

export function shownUse(used: InputsUsed): NonNullable<z.input<typeof answerSchema>["inputs_used"]> {
  return Object.fromEntries(
    Object.entries(used).map(([name, { rows, ...each }]) => [name, { ...each, rows: [rows[0], rows[1]] }]),
  );
}
