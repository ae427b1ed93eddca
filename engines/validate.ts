/** Checks a request against a servable's signature. Every error names its field. */
import { HeadgateError, invalidArgument } from "../protocol/errors.js";
import { shown } from "../protocol/fields.js";
import type { WireTensors } from "../protocol/frames.js";
import { elementCount, type WireTensor } from "../protocol/tensor.js";
import { constraintText, meets } from "./constraints.js";
import { firstNonFinite } from "./non-finite.js";
import { observationInput, observationText } from "./policy-layout.js";
import type {
  Dim,
  ParameterSpec,
  Parameters,
  ParameterValue,
  Servable,
  Signature,
  TensorSpec,
} from "./servable.js";

export interface ValidatedInputs {
  /** Rows of the batch dimension; 1 for a servable without batches. */
  readonly rows: number;
  /** Requests with equal buckets may share a batch: their datatypes and non-batch shapes are equal. */
  readonly bucket: string;
}

/** @throws HeadgateError invalid_argument naming the input */
export function validateInputs(servable: Servable, inputs: WireTensors): ValidatedInputs {
  const { signature, scheduling } = servable;
  for (const name in inputs)
    if (!signature.inputs.some((spec) => spec.name === name))
      throw invalidArgument(
        `inputs.${name}`,
        `${signature.name} has no such input; it takes ${names(signature.inputs)}`,
      );
  const sizes = new Map<string, number>();
  let bucket = "";
  for (const spec of signature.inputs) {
    const tensor = Object.hasOwn(inputs, spec.name) ? inputs[spec.name] : undefined;
    if (tensor === undefined) {
      if (spec.optional) continue;
      throw invalidArgument(
        `inputs.${spec.name}`,
        `missing; ${signature.name} takes ${names(signature.inputs)}`,
      );
    }
    checkTensor(spec, tensor, sizes, signature);
    if (scheduling.maxBatchSize > 0) bucket += bucketOf(spec.name, tensor);
  }
  if (scheduling.maxBatchSize === 0) return { rows: 1, bucket: "" };
  const rows = sizes.get(batchDim) ?? 1;
  if (rows > scheduling.maxBatchSize)
    throw invalidArgument(
      "inputs",
      `${rows} rows in one request, ${signature.name} takes at most ${scheduling.maxBatchSize}: send several`,
    );
  return { rows, bucket };
}

function bucketOf(name: string, { datatype, shape }: WireTensor): string {
  let bucket = `${name}:${datatype}`;
  for (let axis = 1; axis < shape.length; axis++) bucket += `x${shape[axis]}`;
  return `${bucket};`;
}

/** The name of the first dimension of every batched input. */
export const batchDim = "batch";

function checkTensor(
  spec: TensorSpec,
  tensor: WireTensor,
  sizes: Map<string, number>,
  { kind, policy }: Pick<Signature, "kind" | "policy">,
): void {
  const field = `inputs.${spec.name}`;
  if (!spec.datatypes.includes(tensor.datatype))
    throw invalidArgument(
      `${field}.datatype`,
      `must be ${spec.datatypes.join(" or ")}, got ${tensor.datatype}`,
    );
  if (!matches(spec, tensor.shape, sizes)) {
    const shapes = [spec.shape, ...(spec.otherShapes ?? [])].map(
      (shape) => `[${shape.map((dim) => dimText(dim, sizes)).join(", ")}]`,
    );
    const parts =
      policy !== undefined && spec.name === observationInput ? `: ${observationText(policy)}` : "";
    throw invalidArgument(
      `${field}.shape`,
      `must be ${shapes.join(" or ")}, got [${tensor.shape.join(", ")}]${parts}`,
    );
  }
  if (spec.lengthMax !== undefined) checkLengths(field, tensor, spec.lengthMax);
  if (spec.allowNonFinite || kind === "fit") return; // a fit checks its inputs itself, in its worker
  const at = firstNonFinite(tensor);
  if (at >= 0) throw invalidArgument(field, `NaN or infinity ${position(tensor.shape, at)}`);
}

function checkLengths(field: string, { data }: WireTensor, lengthMax: number): void {
  if (data instanceof Uint8Array) return;
  const at = data.findIndex((text) => text.length > lengthMax);
  if (at >= 0)
    throw invalidArgument(
      `${field}.data`,
      `element ${at} has ${data[at]?.length} characters, at most ${lengthMax} are taken`,
    );
}

function matches({ shape, otherShapes }: TensorSpec, got: readonly number[], sizes: Map<string, number>) {
  if (otherShapes === undefined) return fits(shape, got, sizes);
  return [shape, ...otherShapes].some((each) => {
    // A copy, so that a shape that does not match leaves no sizes behind for the next one.
    const found = new Map(sizes);
    if (!fits(each, got, found)) return false;
    for (const [dim, size] of found) sizes.set(dim, size);
    return true;
  });
}

function fits(shape: readonly Dim[], got: readonly number[], sizes: Map<string, number>): boolean {
  return got.length === shape.length && shape.every((dim, axis) => agrees(dim, got[axis] ?? 0, sizes));
}

function agrees(dim: string | number, size: number, sizes: Map<string, number>): boolean {
  if (typeof dim === "number") return dim === size;
  if (size < 1) return false;
  const known = sizes.get(dim);
  if (known === undefined) sizes.set(dim, size);
  return known === undefined || known === size;
}

function dimText(dim: string | number, sizes: Map<string, number>): string {
  const known = typeof dim === "string" ? sizes.get(dim) : undefined;
  return known === undefined ? String(dim) : `${dim}=${known}`;
}

function position(shape: readonly number[], at: number): string {
  const columns = shape[shape.length - 1] ?? 1;
  const row = Math.floor(at / columns);
  return shape.length < 2
    ? `at element ${at}`
    : `in column ${at % columns}, row ${row} of ${elementCount(shape) / columns}`;
}

function names(specs: readonly { readonly name: string }[]): string {
  return specs.length === 0 ? "none" : specs.map((spec) => spec.name).join(", ");
}

/** @throws HeadgateError invalid_argument for a name that is not an output */
export function validateOutputs(servable: Servable, wanted: readonly string[] | undefined): void {
  const { signature } = servable;
  for (const name of wanted ?? [])
    if (!signature.outputs.some((spec) => spec.name === name))
      throw invalidArgument(
        "outputs",
        `${signature.name} has no output ${shown(name)}; it has ${names(signature.outputs)}`,
      );
}

/**
 * Returns the given parameters, with defaults for absent ones.
 * @throws HeadgateError invalid_argument naming the parameter, the given value and the allowed ones
 */
export function validateParameters(
  owner: string,
  specs: readonly ParameterSpec[],
  given: Parameters = none,
): Parameters {
  for (const name in given)
    if (!specs.some((spec) => spec.name === name))
      throw invalidArgument(`parameters.${name}`, `${owner} has no such parameter; it takes ${names(specs)}`);
  const parameters: Record<string, ParameterValue> = {};
  for (const spec of specs) {
    const value = given[spec.name];
    if (value !== undefined && !spec.anyOf.some((constraint) => meets(value, constraint)))
      throw invalidArgument(
        `parameters.${spec.name}`,
        `must be ${spec.anyOf.map(constraintText).join(", or ")}; got ${shown(value)}`,
      );
    parameters[spec.name] = value === undefined ? spec.default : value;
  }
  return parameters;
}

const none: Parameters = {};

/** @throws HeadgateError failed_precondition when the servable is known but cannot answer */
export function requireInferable(servable: Servable): void {
  if (servable.signature.kind === "detector")
    throw new HeadgateError(
      "failed_precondition",
      `model: ${servable.signature.name} is a detector; open a stream with it instead`,
    );
  if (servable.signature.kind === "trainer")
    throw new HeadgateError(
      "failed_precondition",
      `model: ${servable.signature.name} is a trainer; send it a train instead of an infer`,
    );
}
