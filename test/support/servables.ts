/** Servables and jobs for the tests of the scheduler. */
import { fitLane } from "../../engines/numerics/lane.js";
import { modelLane } from "../../engines/onnx/lane.js";
import type { Scheduling, Servable } from "../../engines/servable.js";
import { batchDim } from "../../engines/validate.js";
import type { InferenceJob } from "../../gateway/scheduling/queued-request.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";

const scheduling: Scheduling = {
  maxBatchSize: 8,
  preferredBatchSizes: [],
  maxQueueDelayMs: 0,
  maxQueueSize: 1_000,
  defaultTimeoutMs: 10_000,
  priorityLevels: 8,
  defaultPriority: 4,
};

/** A model that answers Y = X. */
export function model(overrides: Partial<Scheduling> = {}, name = "echo"): Servable {
  return {
    signature: {
      name,
      version: "1",
      kind: "model",
      description: "Answers what it is asked",
      inputs: [{ name: "X", datatypes: ["FP32"], shape: [batchDim, "width"], description: "Rows" }],
      outputs: [{ name: "Y", datatypes: ["FP32"], shape: [batchDim, "width"], description: "The same rows" }],
      parameters: [],
    },
    scheduling: { ...scheduling, ...overrides },
    lane: modelLane,
  };
}

/** A fit: the first dimension of its input is not a batch dimension. */
export function fitting(overrides: Partial<Scheduling> = {}, name = "fit"): Servable {
  const { signature, scheduling: given } = model({ maxBatchSize: 0, ...overrides }, name);
  return {
    signature: {
      ...signature,
      kind: "fit",
      inputs: [{ name: "X", datatypes: ["FP32"], shape: ["n", "p"], description: "Samples" }],
      outputs: [{ name: "Y", datatypes: ["FP32"], shape: ["n", "p"], description: "The same samples" }],
    },
    scheduling: given,
    lane: fitLane,
  };
}

/** A tensor of FP32 [rows, width] in which every element is `value`. */
export function rowsOf(value: number, rows = 1, width = 1): WireTensor {
  return toWire({
    datatype: "FP32",
    shape: [rows, width],
    data: new Float32Array(rows * width).fill(value),
  });
}

/** A job whose elements are all `value`, so that a run shows which jobs its rows came from. */
export function job(servable: Servable, value: number, overrides: Partial<InferenceJob> = {}): InferenceJob {
  const { rows = 1, bucket = "" } = overrides;
  return {
    servable,
    inputs: { X: rowsOf(value, rows) },
    parameters: {},
    outputs: undefined,
    rows,
    bucket,
    tenant: "desk",
    weight: 1,
    priority: servable.scheduling.defaultPriority,
    timeoutMs: servable.scheduling.defaultTimeoutMs,
    ...overrides,
  };
}
