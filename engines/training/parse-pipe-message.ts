/**
 * Validates the messages of a trainer's process. The process is trusted little: a library's fault, or a file of its
 * environment that somebody changed, must not become a fault of the gateway.
 */
import { z } from "zod";
import { errorCodes } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { parseTensor } from "../../protocol/parse-tensor.js";
import { type Datatype, datatypeBytes, fromWire, type Tensor } from "../../protocol/tensor.js";
import type { Tensors } from "../engine.js";
import type { TensorSpec } from "../servable.js";
import type { FromTrainer } from "./pipe-messages.js";

/** A message that a process must not send. The process is ended. */
export class PipeMessageError extends Error {
  override readonly name = "PipeMessageError";
}

/** Characters of an error's message. */
const messageLengthMax = 4_096;
/** Figures of one progress beside its loss and its score. */
const figuresMax = 16;
/** Libraries, trainers, outputs and the like in one message. */
const namesMax = 256;

const name = z.string().min(1).max(limits.name_length_max);
const job = name;
const ms = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const bin = z.instanceof(Uint8Array);
/** NaN or infinity of a loss that diverged is passed on: the learning curve shows it as null. */
const figure = z
  .number()
  .or(z.nan())
  .or(z.literal([Infinity, -Infinity]));

function mapOf<T extends z.ZodType>(values: T) {
  return z
    .record(name, values)
    .refine((map) => Object.keys(map).length <= namesMax, `has more than ${namesMax} names`);
}

/** Checked by `parseTensor`, whose errors name the field. */
const tensors = mapOf(z.unknown()).transform((map, context): WireTensors => {
  try {
    return Object.fromEntries(
      Object.entries(map).map(([each, value]) => [each, parseTensor(value, each, "binary")]),
    );
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

const datatypes = Object.keys(datatypeBytes) as Datatype[];
const shape = z.array(z.int().min(1).or(name)).max(limits.tensor_rank_max);

const tensorSpec: z.ZodType<TensorSpec> = z.object({
  name,
  datatypes: z.array(z.enum(datatypes)).min(1).max(datatypes.length),
  shape,
  otherShapes: z.array(shape).max(8).exactOptional(),
  optional: z.boolean().exactOptional(),
  allowNonFinite: z.boolean().exactOptional(),
  lengthMax: z.int().min(1).exactOptional(),
  description: z.string().max(messageLengthMax),
});
const tensorSpecs = z.array(tensorSpec).min(1).max(limits.tensors_max);

const tolerated = z.object({ absolute: z.number().min(0), relative: z.number().min(0) });

const message: z.ZodType<FromTrainer> = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    libraries: mapOf(name),
    trainers: z.array(name).max(namesMax),
    cuda: z.boolean(),
  }),
  z.object({
    type: z.literal("progress"),
    job,
    iteration: z.int().min(0).exactOptional(),
    share_done: z.number().min(0).max(1).exactOptional(),
    loss: figure.exactOptional(),
    score: figure.exactOptional(),
    figures: z
      .record(name, figure)
      .refine((map) => Object.keys(map).length <= figuresMax, `has more than ${figuresMax} names`)
      .exactOptional(),
  }),
  z.object({ type: z.literal("checkpoint"), job, state: bin }),
  z.object({ type: z.literal("fitted"), job, fit_ms: ms, outputs: tensors }),
  z.object({
    type: z.literal("exported"),
    job,
    convert_ms: ms,
    onnx: bin,
    inputs: tensorSpecs,
    outputs: tensorSpecs,
    golden: z.object({ inputs: tensors, outputs: tensors }),
    tolerance: mapOf(tolerated),
  }),
  z.object({
    type: z.literal("failed"),
    job,
    code: z.enum(errorCodes),
    message: z.string().transform((text) => text.slice(0, messageLengthMax)),
  }),
]);

/** @throws PipeMessageError naming the field */
export function parsePipeMessage(value: unknown): FromTrainer {
  const parsed = message.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PipeMessageError(`${issue?.path.join(".") || "the message"}: ${issue?.message}`);
}

/** The tensors as typed arrays: views of the message where the alignment allows it. */
export function tensorsOf(wire: WireTensors): Tensors {
  return Object.fromEntries(
    Object.entries(wire).map(([each, tensor]): [string, Tensor] => [each, fromWire(tensor)]),
  );
}
