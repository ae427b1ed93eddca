/** A shipped model as a worker is given it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { modelConfigSchema } from "../../engines/onnx/model-config.js";
import { type ModelSource, sourceOf } from "../../engines/onnx/model-source.js";

/** @param folder of the model, whose version 1 is taken */
export function shippedSource(folder: string): ModelSource {
  const config = modelConfigSchema.parse(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")));
  const path = join(folder, "1");
  const version = {
    version: 1,
    path,
    linkedFolders: [],
    modelPath: join(path, "model.onnx"),
    goldenPath: join(path, "golden.json"),
    settingsDigest: "",
    bytes: 1_000,
    stamp: "",
  };
  return sourceOf(config, version, ["cpu"]);
}
