/** A kept model as the version that the worker pool opens. Pure. */

import { join } from "node:path";
import { modelLane } from "../../../engines/onnx/lane.js";
import type { ModelSource } from "../../../engines/onnx/model-source.js";
import type { Servable, Signature, TensorSpec } from "../../../engines/servable.js";
import type { Version } from "../version.js";
import { applicationName } from "./application-signatures.js";
import type { StoredModel } from "./kept-model-files.js";

/** Rows in one batch at most. A request with more is divided. */
export const keptBatchMax = 256;

/**
 * @param folder with the model's files
 * @param serial a number that no other kept model has, nor this one when it was opened before
 */
export function keptVersion(stored: StoredModel, folder: string, serial: number, timeoutMs: number): Version {
  const signature: Signature = {
    name: applicationName(stored.trainer),
    version: "1",
    kind: "model",
    description: "",
    inputs: stored.inputs.map(specOf),
    outputs: stored.outputs.map(specOf),
    parameters: [],
  };
  const servable: Servable = {
    signature,
    scheduling: {
      maxBatchSize: keptBatchMax,
      preferredBatchSizes: [],
      maxQueueDelayMs: 0,
      maxQueueSize: 4_096,
      defaultTimeoutMs: timeoutMs,
      priorityLevels: 8,
      defaultPriority: 4,
      gathering: { allowed: false },
    },
    lane: modelLane,
    generation: serial,
  };
  const source: ModelSource = {
    signature,
    folder,
    linkedFolders: [],
    modelPath: join(folder, "model.onnx"),
    goldenPath: join(folder, "golden.json"),
    settingsDigest: "",
    rows: { maxBatchSize: keptBatchMax, batching: "proven" },
    bytes: stored.bytes,
    // Small graphs, many of them in FP64: a GPU would be slower and less exact.
    providers: ["cpu"],
    warmRows: [1, keptBatchMax],
    notInline: "a client has trained it",
  };
  return { number: 1, identity: stored.onnx.sha256, servable, source, instances: 1, shadow: false };
}

/** The parsed form has `undefined` where a field is absent. */
function specOf({ name, datatypes, shape, description, ...rest }: StoredModel["inputs"][number]): TensorSpec {
  return {
    name,
    datatypes,
    shape,
    description,
    ...(rest.optional === true && { optional: true }),
    ...(rest.allowNonFinite === true && { allowNonFinite: true }),
    ...(rest.lengthMax !== undefined && { lengthMax: rest.lengthMax }),
  };
}
