/** A catalog of one model, one fit and one detector, for the tests of the attacks themselves. */
import type { Catalog } from "./servables.js";

const kept = { name: "keep_seconds", any_of: [{ type: "number", maximum: 604_800 }, { type: "null" }] };

export const smallCatalog: Catalog = {
  models: [
    {
      name: "spread",
      kind: "model",
      version: "1",
      max_batch_size: 8,
      inputs: [{ name: "X", datatypes: ["FP32"], shape: ["batch", 2], optional: false }],
      outputs: [{ name: "Y" }],
      parameters: [{ name: "sticky_key", any_of: [{ type: "text" }, { type: "null" }] }],
    },
    {
      name: "scaler",
      kind: "fit",
      version: "1",
      max_batch_size: 0,
      inputs: [
        { name: "X", datatypes: ["FP64", "FP32"], shape: ["n", "p"], optional: false },
        { name: "mean", datatypes: ["FP64"], shape: ["p"], optional: true },
        { name: "seen", datatypes: ["INT64", "INT32"], shape: [], optional: true },
        { name: "mask", datatypes: ["BOOL"], shape: ["p"], optional: true },
        { name: "names", datatypes: ["BYTES"], shape: ["p"], optional: true },
      ],
      outputs: [{ name: "Z" }],
      parameters: [
        kept,
        { name: "with_mean", any_of: [{ type: "boolean" }] },
        { name: "kind", any_of: [{ type: "string", values: ["a", "b"] }] },
        { name: "steps", any_of: [{ type: "integer", minimum: 2, maximum: 1_000_000 }] },
      ],
    },
  ],
  detectors: [
    {
      name: "hmm",
      parameters: [{ name: "warmup", any_of: [{ type: "integer", minimum: 30, maximum: 99 }] }],
    },
  ],
};
