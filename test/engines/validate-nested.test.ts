/** The parameters of trainers: which are taken, what is filled in, and the path in each error. */
import { describe, expect, it } from "vitest";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import { validateNestedParameters } from "../../engines/validate-nested.js";
import type { NestedParameters } from "../../protocol/train-frames.js";
import { parametersOfTrainer } from "../support/trainers.js";

function validate(trainer: string, given: NestedParameters | undefined): NestedParameters {
  return validateNestedParameters(trainer, parametersOfTrainer(trainer) ?? [], given, parametersOfTrainer);
}

describe("the parameters of a trainer", () => {
  it("have their defaults where they are absent", () => {
    expect(validate("ridge", undefined)).toEqual({ alpha: 1 });
    expect(validate("mlp", { class_weight: "balanced" })).toEqual({
      hidden_layer_sizes: [100],
      class_weight: "balanced",
      stopping: null,
    });
  });

  it("have them at every depth", () => {
    const pipeline = {
      steps: [
        { trainer: "scaler" },
        {
          trainer: "pipeline",
          parameters: { steps: [{ trainer: "mlp", parameters: { stopping: { rounds: 5 } } }] },
        },
      ],
    };
    expect(validate("pipeline", pipeline)).toEqual({
      steps: [
        { trainer: "scaler", parameters: { with_mean: true } },
        {
          trainer: "pipeline",
          parameters: {
            steps: [
              {
                trainer: "mlp",
                parameters: {
                  hidden_layer_sizes: [100],
                  class_weight: null,
                  stopping: { rounds: 5, best: true },
                },
              },
            ],
          },
        },
      ],
    });
  });

  it.each([
    ["mlp", { hidden_layer_sizes: [32, 16, 8] }],
    ["mlp", { class_weight: { "0": 1, up: 2.5 } }],
    ["mlp", { class_weight: {} }],
    ["mlp", { class_weight: null }],
    ["ridge", { alpha: 0 }],
  ])("of %s may be %j", (trainer, given) => {
    expect(validate(trainer, given)).toMatchObject(given);
  });
});

const step = (each: unknown) => ({ steps: [{ trainer: "scaler" }, each] });

const wrong: readonly [trainer: string, given: unknown, message: string][] = [
  ["ridge", { alpha: -1 }, "parameters.alpha: must be a number at least 0; got -1"],
  ["ridge", { alpha: "1" }, 'parameters.alpha: must be a number at least 0; got "1"'],
  ["ridge", { alpha: null }, "parameters.alpha: must be a number at least 0; got null"],
  ["ridge", { alpha: Number.NaN }, "parameters.alpha: must be a number at least 0; got NaN"],
  ["ridge", { alpha: Infinity }, "parameters.alpha: must be a number at least 0; got Infinity"],
  ["ridge", { alpha: [1] }, "parameters.alpha: must be a number at least 0; got an array of 1"],
  ["ridge", { beta: 1 }, "parameters.beta: ridge has no such parameter; it takes alpha"],
  ["ridge", { constructor: 1 }, "parameters.constructor: ridge has no such parameter; it takes alpha"],
  ["mlp", { hidden_layer_sizes: 100 }, "parameters.hidden_layer_sizes: must be a list of 1 to 3; got 100"],
  [
    "mlp",
    { hidden_layer_sizes: [] },
    "parameters.hidden_layer_sizes: must be a list of 1 to 3, got one of 0",
  ],
  [
    "mlp",
    { hidden_layer_sizes: [1, 1, 1, 1] },
    "parameters.hidden_layer_sizes: must be a list of 1 to 3, got one of 4",
  ],
  [
    "mlp",
    { hidden_layer_sizes: [32, 0.5] },
    "parameters.hidden_layer_sizes[1]: must be an integer at least 1 at most 10000; got 0.5",
  ],
  [
    "mlp",
    { class_weight: "unbalanced" },
    'parameters.class_weight: must be one of "balanced", or null, or a map of at most 2; got "unbalanced"',
  ],
  [
    "mlp",
    { class_weight: { a: 1, b: 1, c: 1 } },
    "parameters.class_weight: must be a map of at most 2, got one of 3",
  ],
  ["mlp", { class_weight: { up: -1 } }, "parameters.class_weight.up: must be a number at least 0; got -1"],
  ["mlp", { stopping: {} }, "parameters.stopping.rounds: missing; must be an integer at least 1"],
  ["mlp", { stopping: { rounds: 0 } }, "parameters.stopping.rounds: must be an integer at least 1; got 0"],
  [
    "mlp",
    { stopping: { rounds: 1, worst: true } },
    "parameters.stopping.worst: the map has no such parameter; it takes rounds, best",
  ],
  ["mlp", { stopping: [] }, "parameters.stopping: must be null, or a map of rounds, best; got an array of 0"],
  ["pipeline", undefined, "parameters.steps: missing; must be a list of 1 to 4"],
  [
    "pipeline",
    step("ridge"),
    'parameters.steps[1]: must be a map of trainer, a name, and parameters; got "ridge"',
  ],
  [
    "pipeline",
    step({}),
    "parameters.steps[1].trainer: must be one of scaler, ridge, mlp, pipeline; got nothing",
  ],
  [
    "pipeline",
    step({ trainer: "os.system" }),
    'parameters.steps[1].trainer: must be one of scaler, ridge, mlp, pipeline; got "os.system"',
  ],
  [
    "pipeline",
    step({ trainer: ["ridge"] }),
    "parameters.steps[1].trainer: must be one of scaler, ridge, mlp, pipeline; got an array of 1",
  ],
  [
    "pipeline",
    step({ trainer: "ridge", alpha: 1 }),
    "parameters.steps[1].alpha: is not one of trainer and parameters",
  ],
  [
    "pipeline",
    step({ trainer: "ridge", parameters: [] }),
    "parameters.steps[1].parameters: must be a map, got an array of 0",
  ],
  [
    "pipeline",
    step({ trainer: "ridge", parameters: { alpha: -1 } }),
    "parameters.steps[1].parameters.alpha: must be a number at least 0; got -1",
  ],
  [
    "pipeline",
    step({ trainer: "pipeline", parameters: { steps: [{ trainer: "ridge", parameters: { beta: 1 } }] } }),
    "parameters.steps[1].parameters.steps[0].parameters.beta: ridge has no such parameter; it takes alpha",
  ],
];

describe("a wrong parameter of a trainer", () => {
  it.each(wrong)("%s %j", (trainer, given, message) => {
    expect(() => validate(trainer, given as NestedParameters)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message }),
    );
  });
});

describe("a parameter that may be a list or a map of several kinds", () => {
  const specs = [
    {
      name: "weights",
      description: "Weights by class, or in the order of the classes.",
      default: null,
      anyOf: [
        { type: "list", items: [{ type: "integer" }], lengthMax: 2 },
        { type: "list", items: [{ type: "string", values: ["auto"] }], lengthMax: 2 },
      ],
    },
  ] as const;
  const weights = (given: NestedParameters["weights"]) =>
    validateNestedParameters("t", specs, { weights: given ?? null }, () => undefined);

  it("is met by any of them", () => {
    expect(weights([1, 2])).toEqual({ weights: [1, 2] });
    expect(weights(["auto"])).toEqual({ weights: ["auto"] });
  });

  it("is refused with the reason of the last where it meets none", () => {
    expect(() => weights([1, "auto"])).toThrow('parameters.weights[0]: must be one of "auto"; got 1');
  });
});

describe("maps that are told apart by one field", () => {
  const fields = (kind: string, name: string) => [
    {
      name: "kind",
      description: "Which of them.",
      default: kind,
      required: true,
      anyOf: [{ type: "string", values: [kind] }] as const,
    },
    {
      name: "parameters",
      description: "Its parameters.",
      default: {},
      anyOf: [
        {
          type: "record",
          fields: [{ name, description: "A number.", default: 1, anyOf: [{ type: "number" }] as const }],
        },
      ] as const,
    },
  ];
  const specs = [
    {
      name: "step",
      description: "A step.",
      default: { kind: "a" },
      anyOf: [
        { type: "record", fields: fields("a", "alpha") },
        { type: "record", fields: fields("b", "beta") },
      ],
    },
  ] as const;
  const validateStep = (given: NestedParameters) =>
    validateNestedParameters("t", specs, given, () => undefined);

  it("have the defaults of the one that is meant, also where it is the default itself", () => {
    expect(validateStep({ step: { kind: "b" } })).toEqual({ step: { kind: "b", parameters: { beta: 1 } } });
    expect(validateStep({})).toEqual({ step: { kind: "a", parameters: { alpha: 1 } } });
  });

  it.each([
    [
      { kind: "a", parameters: { beta: 1 } },
      "parameters.step.parameters.beta: the map has no such parameter; it takes alpha",
    ],
    [
      { kind: "a", parameters: { alpha: "1" } },
      'parameters.step.parameters.alpha: must be a number; got "1"',
    ],
    [{ kind: "c" }, 'parameters.step.kind: must be one of "a", "b"; got "c"'],
    [{}, 'parameters.step.kind: must be one of "a", "b"; got nothing'],
  ])("%j is refused for what is wrong in it", (step, message) => {
    expect(() => validateStep({ step } as NestedParameters)).toThrow(message);
  });
});

describe("the schemas of the trainers", () => {
  const parametersOf = (name: string) =>
    trainerSchemas.find(({ signature }) => signature.name === name)?.signature.nestedParameters;

  /** What has no default. */
  const givenTo: Readonly<Record<string, NestedParameters>> = {
    pipeline: { estimator: { trainer: "ridge" } },
    walk_forward: { estimator: { trainer: "ridge" }, splitter: { kind: "purged_k_fold" } },
    ppo: { total_timesteps: 10_000 },
    a2c: { total_timesteps: 10_000 },
    dqn: { total_timesteps: 10_000 },
  };

  it.each(trainerSchemas.map(({ signature }) => signature))(
    "of $name have defaults that they accept",
    (each) => {
      const specs = each.nestedParameters ?? [];
      expect(specs.length).toBeGreaterThan(0);
      const required = specs.filter((spec) => spec.required);
      const given = givenTo[each.name] ?? {};
      expect(required.map(({ name }) => name)).toEqual(Object.keys(given));
      const validated = validateNestedParameters(each.name, specs, given, parametersOf);
      expect(validateNestedParameters(each.name, specs, validated, parametersOf)).toEqual(validated);
      expect(Object.keys(validated)).toEqual(specs.map(({ name }) => name));
    },
  );

  it("take a pipeline of a scaler, and tell the path of what is wrong in it", () => {
    const validatePipeline = (given: NestedParameters) =>
      validateNestedParameters("pipeline", parametersOf("pipeline") ?? [], given, parametersOf);
    const steps = [
      { transformer: "standard_scaler" },
      { transformer: "pca", parameters: { n_components: 2 } },
    ];
    const estimator = { trainer: "mlp_classifier", parameters: { hidden_layer_sizes: [8] } };
    expect(validatePipeline({ steps, estimator })).toMatchObject({
      steps: [
        { transformer: "standard_scaler", parameters: { with_mean: true, with_std: true } },
        { transformer: "pca", parameters: { n_components: 2, whiten: false } },
      ],
      estimator: { trainer: "mlp_classifier", parameters: { hidden_layer_sizes: [8], activation: "relu" } },
    });
    const wrong = [{ transformer: "standard_scaler" }, { transformer: "pca", parameters: { whiten: 5 } }];
    expect(() => validatePipeline({ steps: wrong, estimator })).toThrow(
      "parameters.steps[1].parameters.whiten: must be true or false; got 5",
    );
    const hidden = { trainer: "mlp_classifier", parameters: { hidden_layer_sizes: [8, 0] } };
    expect(() => validatePipeline({ steps, estimator: hidden })).toThrow(
      /^parameters\.estimator\.parameters\.hidden_layer_sizes\[1\]: must be an integer/,
    );
  });
});
