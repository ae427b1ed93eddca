/**
 * Calls a learned model over windows of a stream's last rows, and checks that the model fits the detector's
 * parameters.
 */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import type { Dim, Servable, TensorSpec } from "../servable.js";
import type { ModelClient } from "./detector.js";

export interface WindowModelRequest {
  readonly model: string;
  readonly version: string | undefined;
  /** Number of rows in a window. */
  readonly window: number;
  /** Number of regimes. */
  readonly states: number;
}

export interface WindowModel {
  readonly input: string;
  readonly output: string;
  /** Number of values in a row; undefined: any. */
  readonly width: number | undefined;
  /** Limit on the windows in one request. */
  readonly rowsMax: number;
}

/** @throws HeadgateError naming the parameter that does not fit the model that serves now, and the remedy */
export function findWindowModel(models: ModelClient, asked: WindowModelRequest): WindowModel {
  const { signature, scheduling } = findServable(models, asked);
  const { window, states } = asked;
  const named = `${signature.name} version ${signature.version}`;
  const [input] = signature.inputs;
  const [output] = signature.outputs;
  const [, rows, width] = input?.shape ?? [];
  if (
    input === undefined ||
    output === undefined ||
    signature.inputs.length !== 1 ||
    scheduling.maxBatchSize === 0 ||
    !isFloat(input, 3) ||
    !isFloat(output, 2)
  )
    throw invalidArgument(
      "parameters.model",
      `${named} is no model of windows: it must take batches of one FP32 input [batch, window, values] and give ` +
        "FP32 probabilities [batch, regimes] first",
    );
  if (isOther(rows, window))
    throw invalidArgument("parameters.window", `${named} looks at ${rows} observations, got ${window}`);
  if (isOther(output.shape[1], states))
    throw invalidArgument(
      "parameters.n_components",
      `${named} knows ${output.shape[1]} regimes, got ${states}`,
    );
  return {
    input: input.name,
    output: output.name,
    width: typeof width === "number" ? width : undefined,
    // A model whose rows are not proven independent gets one window per request.
    rowsMax: scheduling.gathering?.allowed === false ? 1 : scheduling.maxBatchSize,
  };
}

function findServable(models: ModelClient, { model, version }: WindowModelRequest): Servable {
  try {
    return models.find(model, version);
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    const field = version !== undefined && error.message.startsWith("version:") ? "model_version" : "model";
    const problem =
      error.code === "not_found" && field === "model" ? `no model "${model}" is served` : error.message;
    const remedy =
      "put it into the gateway's model folder (headgate models add), or name one that describe lists";
    throw new HeadgateError(error.code, `parameters.${field}: ${problem}; ${remedy}`, { cause: error });
  }
}

function isFloat({ datatypes, shape }: TensorSpec, rank: number): boolean {
  return datatypes.includes("FP32") && shape.length === rank;
}

function isOther(dim: Dim | undefined, wanted: number): boolean {
  return typeof dim === "number" && dim !== wanted;
}

const greatest = 3.4e38; // the limit of FP32: a larger value would become infinite

/**
 * The model's answers for the windows that end with each of the last `count` rows.
 * @param rows row-major [count + window − 1, width], oldest first
 * @returns row-major [count, states]
 * @throws HeadgateError when the model gives no answer, or its answer is not probabilities
 */
export async function askOfWindows(
  models: ModelClient,
  asked: WindowModelRequest,
  { input, output, rowsMax }: WindowModel,
  rows: Float64Array,
  width: number,
): Promise<Float64Array> {
  const { model, version, window, states } = asked;
  const count = rows.length / width - window + 1;
  const said = new Float64Array(count * states);
  const narrow = Float32Array.from(rows, (value) => Math.max(-greatest, Math.min(value, greatest)));
  for (let from = 0; from < count; from += rowsMax) {
    const n = Math.min(rowsMax, count - from);
    const X = new Float32Array(n * window * width);
    for (let i = 0; i < n; i++)
      X.set(narrow.subarray((from + i) * width, (from + i + window) * width), i * window * width);
    const tensor = toWire({ datatype: "FP32", shape: [n, window, width], data: X });
    const answer = await models.infer(model, version, { [input]: tensor });
    said.set(probabilitiesOf(answer, output, model, n, states), from * states);
  }
  return said;
}

function probabilitiesOf(
  answer: WireTensors,
  output: string,
  model: string,
  n: number,
  states: number,
): Float64Array {
  const tensor = answer[output];
  const data = Float64Array.from(tensor === undefined ? [] : (fromWire(tensor).data as ArrayLike<number>));
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * states, (i + 1) * states);
    const sum = row.reduce((a, b) => a + b, 0);
    const sane = row.length === states && row.every((each) => each >= 0 && each <= 1 + 1e-3);
    if (!sane || !(Math.abs(sum - 1) < 1e-3))
      throw new HeadgateError(
        "failed_precondition",
        `values: ${model} answers row ${i} with no probabilities`,
      );
    row.forEach((each, s) => {
      row[s] = each / sum; // in FP32 the probabilities sum to 1 only to seven digits
    });
  }
  return data;
}
