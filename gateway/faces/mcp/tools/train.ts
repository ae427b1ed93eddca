/** The tool `train`: trains a model, in the background unless the agent wants to wait. */
import { z } from "zod";
import { limits } from "../../../../protocol/limits.js";
import { parseNestedParameters } from "../../../../protocol/parse-nested.js";
import { parsePublication } from "../../../../protocol/parse-publication.js";
import type { TrainingAnswer } from "../../../requests/training-request.js";
import { readTensors } from "../input-tensors.js";
import { modelName } from "../names.js";
import { shownTensor } from "../output-tensors.js";
import { tool } from "../tool.js";
import { described, shownUse, untilAborted } from "./inference.js";
import { outputSchema, summarySchema } from "./training-schemas.js";

/** Elements of all fitted attributes together that are shown. */
const elementsMax = 10_000;

const publishSchema = z
  .strictObject({
    model: z.string(),
    version: z.string().optional(),
    traffic: z.number().min(0).max(1).optional().describe("Its share of the requests without a version."),
    aliases: z.array(z.string()).optional(),
    expires_after_ms: z
      .number()
      .min(1)
      .max(limits.expires_after_ms_max)
      .optional()
      .describe("Milliseconds after which the version refuses to answer."),
  })
  .describe("The version of a model that it becomes.");

export const trainTool = tool({
  name: "train",
  title: "Train a model",
  description:
    "Trains a model on given data with a trainer, such as random_forest_classifier or ridge. By default it trains in the background and answers the name of a job, for get_job; with background false it answers the fitted attributes. With keep_seconds the model is kept: infer of <trainer>.apply with the parameter handle predicts with it. With publish it becomes a version of a model. list_models with kind trainer lists the trainers, describe_model their parameters.",
  input: z.strictObject({
    trainer: modelName.describe("The name of a trainer, such as ridge."),
    inputs: z
      .record(z.string(), z.unknown())
      .describe("X, y and others by name: data or references, as in the tool fit."),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("The library's own parameters by name; lists and objects may be nested."),
    background: z.boolean().default(true).describe("Whether the job's name is answered at once."),
    keep_seconds: z.number().gt(0).max(limits.keep_seconds_max).optional(),
    publish: publishSchema.optional(),
    label: z
      .string()
      .min(1)
      .max(limits.job_label_length_max)
      .optional()
      .describe("A text shown with the job."),
    key: z
      .string()
      .min(1)
      .max(limits.name_length_max)
      .optional()
      .describe("An idempotency key: a repeated call with it does not train again."),
    timeout_ms: z.int().min(1).max(limits.timeout_ms_max).optional(),
  }),
  output: z.object({
    job: z.string().describe("The job's name, for get_job."),
    training: summarySchema.optional(),
    outputs: outputSchema.optional(),
    cached: z.boolean().optional().describe("True when an earlier call with the same key was answered."),
    inputs_used: z.record(z.string(), z.unknown()).optional(),
  }),
  readOnly: false,
  slow: true,
  whereToLook: "list_models with kind trainer has the names of all trainers.",
  run: async (args, { requester, requests, signal, traceparent, id }) => {
    const signature = described({ requester, requests, id }, args.trainer);
    const running = requests.training.train(
      requester,
      {
        trainer: args.trainer,
        inputs: readTensors(args.inputs, signature?.inputs ?? []),
        parameters: args.parameters && parseNestedParameters({ parameters: args.parameters }),
        keepSeconds: args.keep_seconds,
        publication: args.publish && parsePublication(args.publish, "publish."),
        background: args.background,
        label: args.label,
        key: args.key,
        timeoutMs: args.timeout_ms,
        traceparent,
      },
      id,
    );
    return shown(await untilAborted(running, signal), running.cached);
  },
});

function shown({ job, training, outputs, inputsUsed }: TrainingAnswer, cached: boolean) {
  const used = inputsUsed !== undefined && { inputs_used: shownUse(inputsUsed) };
  if (training === undefined) return { job: job ?? "", ...used };
  const names = Object.entries(outputs);
  const window = { fromRow: 0, rows: 50, elements: Math.floor(elementsMax / Math.max(1, names.length)) };
  return {
    job: training.job,
    training: { ...training },
    outputs: Object.fromEntries(names.map(([name, each]) => [name, shownTensor(each, window)])),
    cached,
    ...used,
  };
}
