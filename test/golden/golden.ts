/** Reads the golden vectors that make.py wrote, and runs fits over them. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { createPlainKernels } from "../../engines/kernels/index.js";
import { allFits } from "../../engines/numerics/index.js";
import type { Parameters } from "../../engines/servable.js";
import type { Tensor } from "../../protocol/tensor.js";

export interface Golden {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface GoldenCase {
  readonly data: string;
  readonly parameters: Parameters;
  readonly expected: Readonly<Record<string, Golden>>;
  /** PCA: how many components have variance. */
  readonly rank?: number;
  /** Inputs beside X. */
  readonly inputs?: Readonly<Record<string, Golden>>;
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), "utf8"));
}

const dataSets = ["data", "risk_data", "decomposition_data", "pca_data"].reduce<
  Readonly<Record<string, Golden>>
>((sets, name) => Object.assign(sets, read(name)), {});

export function goldenCases(name: string): readonly GoldenCase[] {
  const cases = read(name) as readonly GoldenCase[];
  expect(cases.length).toBeGreaterThan(0);
  return cases;
}

/** X and whatever else a case gives: whole numbers of `windows`, floats of all others. */
export function goldenInputs({ data, inputs = {} }: GoldenCase, datatype: "FP64" | "FP32" = "FP64") {
  const others = Object.entries(inputs).map(([name, golden]): [string, Tensor] => {
    if (name !== "windows") return [name, tensor(golden, datatype)];
    return [name, { datatype: "INT32", shape: golden.shape, data: Int32Array.from(golden.data) }];
  });
  return { X: tensor(goldenData(data), datatype), ...Object.fromEntries(others) };
}

export interface HmmCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Golden>>;
  readonly expected: Readonly<Record<string, Golden>>;
}

/** Hidden Markov models with exact zeros, of make_hmm_zeros.py. */
export function goldenHmmZeros() {
  return read("hmm_zeros") as Readonly<Record<"apply" | "fit", readonly HmmCase[]>>;
}

export interface HmmVariant extends HmmCase {
  /** X is these rows of regimes_pair, from the first to before the second. */
  readonly rows: readonly [number, number];
  readonly parameters?: Parameters;
}

/** What a hidden Markov model can be told beside its rows, of make_hmm.py. */
export function goldenHmmVariants() {
  return read("hmm_variants") as Readonly<Record<"apply" | "fit", readonly HmmVariant[]>>;
}

/** Fits over data with missing numbers, of make_holes.py. */
export interface HoleCase {
  readonly fit: string;
  readonly data: string;
  /** Places of X that are missing. */
  readonly missing: readonly number[];
  readonly parameters: Parameters;
  readonly expected: Readonly<Record<string, readonly number[]>>;
}

export function goldenHoles(): readonly HoleCase[] {
  const cases = read("holes") as readonly (HoleCase & {
    readonly expected: Readonly<Record<string, readonly (number | null)[]>>;
  })[];
  const present = (values: readonly (number | null)[]) => values.map((value) => value ?? Number.NaN);
  return cases.map(({ expected, ...rest }) => ({
    ...rest,
    expected: Object.fromEntries(Object.entries(expected).map(([name, values]) => [name, present(values)])),
  }));
}

export function goldenRandom() {
  return read("random_state") as Readonly<Record<"uniform_last" | "normal" | "dirichlet", readonly number[]>>;
}

export function goldenData(name: string): Golden {
  const found = dataSets[name];
  if (found === undefined) throw new Error(`no data set ${name}`);
  return found;
}

export function matrix(rows: readonly (readonly number[])[], datatype: "FP64" | "FP32" = "FP64"): Tensor {
  return tensor({ shape: [rows.length, rows[0]?.length ?? 0], data: rows.flat() }, datatype);
}

export function tensor({ shape, data }: Golden, datatype: "FP64" | "FP32" = "FP64"): Tensor {
  return { datatype, shape, data: datatype === "FP64" ? Float64Array.from(data) : Float32Array.from(data) };
}

/** The inputs of a case beside X. */
export function tensors(inputs: Readonly<Record<string, Golden>> = {}): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, tensor(value)]));
}

/** Runs a fit by name over plain kernels. */
export async function runFit(
  name: string,
  inputs: Readonly<Record<string, Tensor>>,
  parameters: Parameters = {},
  aborted: () => boolean = () => false,
): Promise<Record<string, Tensor>> {
  const fit = allFits.find(({ signature }) => signature.name === name);
  if (fit === undefined) throw new Error(`no fit ${name}`);
  return fit.run(inputs, parameters, { kernels: createPlainKernels(), aborted });
}

export function numbersOf(outputs: Readonly<Record<string, Tensor>>, name: string): number[] {
  const output = outputs[name];
  if (output === undefined) throw new Error(`no output ${name}`);
  return Array.from<number | bigint | string>(output.data).map(Number);
}

/** The largest difference over the largest number: one measure for scalars, vectors and matrices. */
export function relativeError(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const worst = expected.reduce((most, value, i) => {
    const difference = Math.abs((actual[i] ?? Number.NaN) - value);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }, 0);
  return worst === 0 ? 0 : worst / scale;
}

/** Every expected output, its shape and its numbers within `tolerance` of its largest one. */
export function expectGolden(
  outputs: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Golden>>,
  tolerance: number,
): void {
  expect(Object.keys(expected)).not.toHaveLength(0);
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(outputs[name]?.shape, `shape of ${name}`).toEqual(shape);
    expect(relativeError(numbersOf(outputs, name), data), name).toBeLessThanOrEqual(tolerance);
  }
}
