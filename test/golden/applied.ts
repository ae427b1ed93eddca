/** Reads the golden vectors of applications, as make.py wrote them. */
import { readFileSync } from "node:fs";
import { applications } from "../../engines/numerics/index.js";
import type { Parameters } from "../../engines/servable.js";
import type { Tensor } from "../../protocol/tensor.js";
import { type Golden, goldenData, tensor } from "./golden.js";

export interface AppliedCase {
  readonly data: string;
  /** X is the data's rows from the first to before the second, unless it is among the attributes. */
  readonly rows: readonly [number, number];
  readonly parameters: Parameters;
  readonly attributes: Readonly<Record<string, Golden>>;
  readonly expected: Readonly<Record<string, Golden>>;
}

export const appliedCases: Readonly<Record<string, readonly AppliedCase[]>> = Object.fromEntries(
  applications.map(({ signature: { name } }) => [name, casesOf(name)]),
);

/** @throws when an application has no golden vectors */
function casesOf(name: string): readonly AppliedCase[] {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8")) as AppliedCase[];
}

/** The rows of a data set from one to before another. */
export function rowsOf(data: string, from: number, to: number): Golden {
  const { shape, data: all } = goldenData(data);
  const p = shape[1] ?? 1;
  return { shape: [to - from, p], data: all.slice(from * p, to * p) };
}

export function appliedInputs(
  { data, rows, attributes }: AppliedCase,
  datatype: "FP64" | "FP32",
): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = { X: tensor(rowsOf(data, ...rows), datatype) };
  for (const [name, golden] of Object.entries(attributes)) inputs[name] = attribute(name, golden, datatype);
  return inputs;
}

const integers = new Set([
  "tree_offsets",
  "feature",
  "children_left",
  "children_right",
  "n_node_samples",
  "max_samples",
  "n_features_in",
]);

function attribute(name: string, golden: Golden, datatype: "FP64" | "FP32"): Tensor {
  if (name.startsWith("n_samples")) return count(golden);
  if (!integers.has(name)) return tensor(golden, datatype);
  return { datatype: "INT32", shape: golden.shape, data: Int32Array.from(golden.data) };
}

function count({ data }: Golden): Tensor {
  return { datatype: "INT64", shape: [], data: BigInt64Array.of(BigInt(data[0] ?? 0)) };
}
