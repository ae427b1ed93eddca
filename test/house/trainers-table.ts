/**
 * The table of trainers that the Python client's drop-ins are made of: a line for each, written from the same schemas
 * that the gateway validates with.
 */
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import type { TrainerSchema } from "../../engines/training/trainer-schema.js";

export function trainersTable(): string {
  // Policies are no estimators: they have no X and no y.
  const estimators = trainerSchemas.filter(({ applicationInput }) => applicationInput === undefined);
  return `${estimators.map((schema) => JSON.stringify(entryOf(schema))).join("\n")}\n`;
}

/** The parameters of the trainers of policies, of which the client's `headgate.rl` is made. */
export function policiesTable(): string {
  const policies = trainerSchemas.filter(({ applicationInput }) => applicationInput !== undefined);
  const lines = policies.map(({ signature: { name, nestedParameters = [] } }) =>
    JSON.stringify({
      trainer: name,
      parameters: nestedParameters.map((each) => ({ name: each.name, default: each.default })),
    }),
  );
  return `${lines.join("\n")}\n`;
}

function entryOf({ signature, predictions }: TrainerSchema): unknown {
  const { name, inputs, outputs, nestedParameters = [] } = signature;
  const y = inputs.find((input) => input.name === "y");
  return {
    trainer: name,
    parameters: nestedParameters.map((parameter) => ({
      name: parameter.name,
      default: parameter.default,
      anyOf: parameter.anyOf,
    })),
    inputs: inputs.map((input) => input.name),
    allowsNaN: inputs.some((input) => input.name === "X" && input.allowNonFinite === true),
    multiOutput: (y?.otherShapes ?? []).length > 0,
    outputs: outputs.map((output) => output.name),
    predictions: predictions.map((output) => output.name),
  };
}
