/**
 * What a version may be made of, checked before ONNX Runtime opens it. The defaults are far beyond the models that
 * Headgate is for, and near enough that a hostile file costs seconds.
 */

export interface ModelLimits {
  /** Bytes of all files of a version. */
  readonly version_bytes: number;
  /** Nodes, with those of inner graphs and of functions where they are called. */
  readonly nodes: number;
  /** Initialisers of all graphs. */
  readonly initializers: number;
  /** Inputs and outputs of the model together. */
  readonly inputs_and_outputs: number;
  /** Graphs inside graphs, as in If, Loop and Scan. */
  readonly nesting: number;
  /** Bytes of the tensors that the file announces, whether it holds them or makes them from constants. */
  readonly tensor_bytes: number;
}

export const modelLimits: ModelLimits = {
  version_bytes: 16 * 1_073_741_824,
  nodes: 1_000_000,
  initializers: 200_000,
  inputs_and_outputs: 1_024,
  nesting: 32,
  tensor_bytes: 16 * 1_073_741_824,
};

/** A model that is larger than is allowed; it is not damaged. */
export class LimitError extends Error {
  override readonly name = "LimitError";
}

/** @throws LimitError naming the setting when the value is above its limit */
export function requireLimit(
  value: number,
  what: string,
  setting: keyof ModelLimits,
  limits: ModelLimits,
): void {
  if (value <= limits[setting]) return;
  throw new LimitError(
    `it has ${value} ${what}, and at most ${limits[setting]} are allowed: if you trust it, raise repository.limits.${setting}`,
  );
}
