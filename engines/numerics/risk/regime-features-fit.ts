/** Rolling regime features as a servable. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Signature, TensorSpec } from "../../servable.js";
import { type Fit, type FitInputs, precisionParameter, samplesInput } from "../fit.js";
import { floatTensor, readSamples, toFloat64 } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { regimeFeatures } from "./regime-features.js";

function featureOutput(name: string, description: string): TensorSpec {
  return { name, datatypes: ["FP64", "FP32"], shape: ["n", "f"], description };
}

const windowMinimum = 3; // returns: two pairs of neighbours, the fewest that can correlate

const signature: Signature = {
  name: "regime_features",
  version: "1",
  kind: "fit",
  description:
    "Rolling return, volatility, drawdown and autocorrelation of each series: what regime models take. Causal. " +
    "Columns of the outputs: for each window, each series. 0 where a window is not full.",
  inputs: [
    {
      ...samplesInput,
      description: "One series a column, in order of time. Float outputs come in this datatype.",
    },
    {
      name: "windows",
      datatypes: ["INT32", "INT64"],
      shape: ["w"],
      optional: true,
      description: "Several windows, each at least 3. They take the place of window.",
    },
  ],
  outputs: [
    featureOutput("returns", "The simple return over the window."),
    featureOutput(
      "volatility",
      "The standard deviation of the returns in the window, divided by one less than their number.",
    ),
    featureOutput("drawdown", "The fall from the window's highest value to the present one: 0 or negative."),
    featureOutput(
      "autocorrelation",
      "The correlation at lag 1 of the returns in the window; 0 when they are constant.",
    ),
    {
      name: "valid",
      datatypes: ["BOOL"],
      shape: ["n"],
      description: "Whether every window is full at the row.",
    },
  ],
  parameters: [
    {
      name: "input",
      description:
        "What X holds: simple returns, one percent as 0.01; or prices, whose first row has no return.",
      default: "returns",
      anyOf: [{ type: "string", values: ["returns", "prices"] }],
    },
    {
      name: "window",
      description: "How many returns a window holds.",
      default: 20,
      anyOf: [{ type: "integer", minimum: windowMinimum, boundedByData: true }],
    },
    precisionParameter,
  ],
};

export const regimeFeaturesFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const windows = readWindows(inputs) ?? [parameters.number("window")];
    const kind = parameters.get("input") === "prices" ? "prices" : "returns";
    const features = await regimeFeatures(toFloat64(data), n, p, windows, kind, context);
    const shape = [n, windows.length * p];
    return {
      returns: floatTensor(datatype, shape, features.returns),
      volatility: floatTensor(datatype, shape, features.volatility),
      drawdown: floatTensor(datatype, shape, features.drawdown),
      autocorrelation: floatTensor(datatype, shape, features.autocorrelation),
      valid: {
        datatype: "BOOL",
        shape: [n],
        data: new Uint8Array(n).fill(1, Math.min(n, features.firstValid)),
      },
    };
  },
};

function readWindows(inputs: FitInputs): number[] | null {
  const given = inputs.windows?.data;
  if (given === undefined) return null;
  if (!(given instanceof Int32Array || given instanceof BigInt64Array)) {
    throw invalidArgument("inputs.windows", "datatype is none of INT32, INT64");
  }
  const windows = Array.from<number | bigint>(given).map(Number);
  const wrong = windows.find((window) => window < windowMinimum);
  if (wrong !== undefined) throw invalidArgument("inputs.windows", `${wrong} is less than ${windowMinimum}`);
  return windows;
}
