/** The learned models as a detector calls them, run in this process by ONNX Runtime. */
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { ModelClient } from "../../engines/detectors/detector.js";
import { modelLane } from "../../engines/onnx/lane.js";
import { modelConfigSchema, schedulingOf, signatureOf } from "../../engines/onnx/model-config.js";
import { HeadgateError } from "../../protocol/errors.js";
import { fromWire, toWire } from "../../protocol/tensor.js";

export const noModels: ModelClient = {
  find: (model) => {
    throw new HeadgateError("not_found", `model: no model "${model}"; there are none`);
  },
  infer: async (model) => {
    throw new HeadgateError("unavailable", `${model} is gone`);
  },
};

const folder = new URL("../../models/", import.meta.url);

/** Version 1 of each model in the repository's models/ folder. */
export const shippedModels: ModelClient = {
  find(name, version = "1") {
    let text: string;
    try {
      text = readFileSync(new URL(`${name}/config.json`, folder), "utf8");
    } catch {
      return noModels.find(name, version);
    }
    const config = modelConfigSchema.parse(JSON.parse(text));
    return {
      signature: signatureOf(config, version),
      // The gateway proves when it loads a model that its rows may be batched.
      scheduling: { ...schedulingOf(config, 1_000), gathering: { allowed: true } },
      lane: modelLane,
    };
  },
  async infer(name, version = "1", inputs) {
    const session = await sessionOf(`${name}/${version}/model.onnx`);
    const feeds = Object.entries(inputs).map(([input, wire]) => {
      const { shape, data } = fromWire(wire);
      return [input, new Tensor("float32", Float32Array.from(data as Float32Array), [...shape])] as const;
    });
    const outputs = await session.run(Object.fromEntries(feeds));
    return Object.fromEntries(
      Object.entries(outputs).map(([output, { dims, data }]) => [
        output,
        toWire({ datatype: "FP32", shape: dims.map(Number), data: Float32Array.from(data as Float32Array) }),
      ]),
    );
  },
};

const sessions = new Map<string, Promise<InferenceSession>>();

function sessionOf(path: string): Promise<InferenceSession> {
  const known = sessions.get(path);
  if (known !== undefined) return known;
  const made = InferenceSession.create(readFileSync(new URL(path, folder)), { intraOpNumThreads: 1 });
  sessions.set(path, made);
  return made;
}
