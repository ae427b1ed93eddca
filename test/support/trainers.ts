/** Trainers as the generated schemas describe them, made up for tests: plain parameters, lists, maps, and a pipeline. */
import type { NestedParameterSpec, Signature, TensorSpec } from "../../engines/servable.js";

const X: TensorSpec = {
  name: "X",
  datatypes: ["FP64", "FP32"],
  shape: ["rows", "columns"],
  description: "The rows to train on.",
};

const y: TensorSpec = {
  name: "y",
  datatypes: ["FP64", "INT64", "BYTES"],
  shape: ["rows"],
  description: "The target of each row.",
};

const coef: TensorSpec = {
  name: "coef",
  datatypes: ["FP64"],
  shape: ["columns"],
  description: "The weight of each column.",
};

function trainer(name: string, nestedParameters: readonly NestedParameterSpec[]): Signature {
  return {
    name,
    version: "1",
    kind: "trainer",
    description: `Trains ${name}.`,
    inputs: [X, y],
    outputs: [coef],
    parameters: [],
    nestedParameters,
  };
}

const alpha: NestedParameterSpec = {
  name: "alpha",
  description: "The strength of the regularisation.",
  default: 1,
  anyOf: [{ type: "number", minimum: 0 }],
};

const hiddenLayerSizes: NestedParameterSpec = {
  name: "hidden_layer_sizes",
  description: "The number of neurons of each hidden layer.",
  default: [100],
  anyOf: [
    {
      type: "list",
      items: [{ type: "integer", minimum: 1, maximum: 10_000 }],
      lengthMin: 1,
      lengthMax: 3,
    },
  ],
};

const classWeight: NestedParameterSpec = {
  name: "class_weight",
  description: "The weight of each class.",
  default: null,
  anyOf: [
    { type: "string", values: ["balanced"] },
    { type: "null" },
    { type: "map", values: [{ type: "number", minimum: 0 }], lengthMax: 2 },
  ],
};

const stopping: NestedParameterSpec = {
  name: "stopping",
  description: "When the training ends early.",
  default: null,
  anyOf: [
    { type: "null" },
    {
      type: "record",
      fields: [
        {
          name: "rounds",
          description: "Rounds without an improvement.",
          default: null,
          required: true,
          anyOf: [{ type: "integer", minimum: 1 }],
        },
        {
          name: "best",
          description: "Whether the best is kept.",
          default: true,
          anyOf: [{ type: "boolean" }],
        },
      ],
    },
  ],
};

const steps: NestedParameterSpec = {
  name: "steps",
  description: "The steps, the estimator last.",
  default: [],
  required: true,
  anyOf: [
    {
      type: "list",
      items: [{ type: "trainer", names: ["scaler", "ridge", "mlp", "pipeline"] }],
      lengthMin: 1,
      lengthMax: 4,
    },
  ],
};

export const trainerSignatures: readonly Signature[] = [
  trainer("ridge", [alpha]),
  trainer("mlp", [hiddenLayerSizes, classWeight, stopping]),
  trainer("pipeline", [steps]),
];

/** Steps of a pipeline that train nothing by themselves. */
const stepParameters: Readonly<Record<string, readonly NestedParameterSpec[]>> = {
  scaler: [
    { name: "with_mean", description: "Whether to centre.", default: true, anyOf: [{ type: "boolean" }] },
  ],
};

export function parametersOfTrainer(name: string): readonly NestedParameterSpec[] | undefined {
  return (
    trainerSignatures.find((each) => each.name === name)?.nestedParameters ??
    (Object.hasOwn(stepParameters, name) ? stepParameters[name] : undefined)
  );
}
