/**
 * New rows for an empirical covariance, merged exactly: the covariance of two samples together follows from
 * theirs apart. Shrunk covariances have no such rule, for their shrinkage needs fourth moments. Source:
 * Chan, Golub and LeVeque 1983, equation 1.5b, for products of two columns.
 */
import { invalidArgument } from "../../protocol/errors.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Floats } from "../kernels/index.js";
import type { TensorSpec } from "../servable.js";
import { applicationSignature, readRows, requireAttributes } from "./attributes.js";
import { centred, columnCentre } from "./column-moments.js";
import { type Fit, type FitContext, type FitInputs, throwIfAborted } from "./fit.js";
import { floatTensor, readFloats, toFloat64 } from "./float-tensors.js";
import { ParameterReader } from "./parameters.js";
import { pseudoInverse } from "./pseudo-inverse.js";
import { floatOutput, optionalInput } from "./specs.js";

export interface Sample {
  /** Rows seen. */
  readonly count: number;
  /** [p] */
  readonly location: Float64Array;
  /** [p,p] divided by the count. */
  readonly covariance: Float64Array;
}

/** The two samples as one. */
export function mergeSamples(a: Sample, b: Sample): Sample {
  if (a.count === 0) return b;
  const count = a.count + b.count;
  const share = b.count / count;
  const p = a.location.length;
  const apart = a.location.map((mean, j) => (b.location[j] as number) - mean);
  return {
    count,
    location: a.location.map((mean, j) => mean + (apart[j] as number) * share),
    covariance: a.covariance.map((value, at) => {
      const between = (apart[Math.floor(at / p)] as number) * (apart[at % p] as number);
      return value * (1 - share) + (b.covariance[at] as number) * share + between * share * (1 - share);
    }),
  };
}

/** X [n,p] as a sample: about zero, which then is its location, when `assumeCentered`. */
export async function sampleOf(
  x: Floats,
  n: number,
  p: number,
  assumeCentered: boolean,
  { kernels }: FitContext,
): Promise<Sample> {
  const centre = assumeCentered ? null : columnCentre(x, n, p);
  const about = centre === null ? toFloat64(x) : centred(x, centre, n, p);
  const covariance = Float64Array.from(await kernels.gram(about, n, p), (value) => value / n);
  return { count: n, location: centre?.mean ?? new Float64Array(p), covariance };
}

const count: Omit<TensorSpec, "description"> = {
  name: "n_samples",
  datatypes: ["INT64", "INT32"],
  shape: [],
};

/** The `.update` of an empirical covariance with the outputs location, covariance, precision, n_samples. */
export function covarianceUpdate(fit: string): Fit {
  const signature = applicationSignature(`${fit}.update`, {
    description: `Adds rows to a fitted ${fit}: the result is that of all rows fitted together.`,
    attributes: [
      optionalInput("location", ["p"], "The fit's location."),
      optionalInput("covariance", ["p", "p"], "Its covariance."),
      { ...count, optional: true, description: "How many rows it saw." },
    ],
    outputs: [
      floatOutput("location", ["p"], "Column means of all rows, or zeros."),
      floatOutput("covariance", ["p", "p"], "Their covariance, divided by their number."),
      {
        ...floatOutput("precision", ["p", "p"], "Its pseudo-inverse; absent without store_precision."),
        optional: true,
      },
      { ...count, datatypes: ["INT64"], description: "Rows seen in all." },
    ],
    parameters: [
      {
        name: "store_precision",
        description: "Whether to answer with the precision matrix too.",
        default: true,
        anyOf: [{ type: "boolean" }],
      },
      {
        name: "assume_centered",
        description: "Whether the rows are centred already; as in the fit.",
        default: false,
        anyOf: [{ type: "boolean" }],
      },
    ],
  });
  return {
    signature,
    async run(inputs, given, context) {
      const parameters = new ParameterReader(signature, given);
      requireAttributes(inputs, ["location", "covariance", "n_samples"]);
      const { data, n, p, datatype } = readRows(inputs, inputs.location?.shape[0] ?? 0);
      const before = readSample(inputs, p);
      throwIfAborted(context);
      const added = await sampleOf(data, n, p, parameters.flag("assume_centered"), context);
      const { location, covariance, count: seen } = mergeSamples(before, added);
      const outputs: Record<string, Tensor> = {
        location: floatTensor(datatype, [p], location),
        covariance: floatTensor(datatype, [p, p], covariance),
        n_samples: { datatype: "INT64", shape: [], data: BigInt64Array.of(BigInt(seen)) },
      };
      if (parameters.flag("store_precision"))
        outputs.precision = floatTensor(datatype, [p, p], pseudoInverse(covariance, p));
      return outputs;
    },
  };
}

function readSample(inputs: FitInputs, p: number): Sample {
  const seen = Number(inputs.n_samples?.data[0] ?? Number.NaN);
  if (!(seen >= 0)) throw invalidArgument("inputs.n_samples", `${seen} is no number of rows`);
  return {
    count: seen,
    location: readFloats(inputs, "location", [p]),
    covariance: readFloats(inputs, "covariance", [p, p]),
  };
}
