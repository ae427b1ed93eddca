/** The frames that answer the requests of training. */
import type { AckFrame, GatewayFrame, ResultFrame } from "../../../protocol/frames.js";
import type { BackgroundAckFrame } from "../../../protocol/train-acks.js";
import type { JobsFrame, UploadFrame } from "../../../protocol/train-frames.js";
import { backgroundFields, resultFields } from "../../requests/training-frames.js";
import type { TrainingAnswer } from "../../requests/training-request.js";
import type { Caller } from "./caller.js";
import type { Services } from "./services.js";

export function trainingFrame(
  id: number,
  answered: TrainingAnswer,
  cached: boolean,
): ResultFrame | BackgroundAckFrame {
  const background = backgroundFields(answered);
  if (background !== undefined) return { type: "ack", id, ...background };
  return { type: "result", id, ...resultFields(answered, cached) };
}

export function describeJobs(
  frame: JobsFrame,
  caller: Caller,
  { requests: { training } }: Services,
): AckFrame | Promise<AckFrame> {
  const { id, job, onnx_from: onnxFrom, log, outputs, state, before, limit } = frame;
  if (job === undefined)
    return { type: "ack", id, ...training.jobs(caller, { state, before, ...(limit && { limit }) }, id) };
  return training
    .job(caller, { job, log, outputs, onnxFrom }, id)
    .then((described) => ({ type: "ack", id, job, ...described }));
}

export function upload(
  frame: UploadFrame,
  caller: Caller,
  { requests: { training } }: Services,
): Promise<GatewayFrame> {
  const { id, publish: publication, upload: name, part = 0, last = false, onnx } = frame;
  if (name === undefined && publication !== undefined)
    return training
      .upload(caller, { publication, onnx }, id)
      .then((version) => ({ type: "ack", id, ...version }));
  caller.modelUploads ??= training.newUploads();
  return training
    .uploadPart(caller, { publication, upload: name ?? "", part, last, onnx }, caller.modelUploads, id)
    .then((answer) => ({ type: "ack", id, ...answer }));
}
