/**
 * References to rows that the gateway has, which stand in an `infer` where a tensor may stand: rows of a dataset, or the
 * newest observations of a stream.
 */
import { invalidArgument } from "./errors.js";
import { type Fields, has, isFields, readInteger, readString, shown } from "./fields.js";
import { limits } from "./limits.js";
import { parseTensor, type WireForm } from "./parse-tensor.js";
import type { WireTensor } from "./tensor.js";
import { readStreamName } from "./topics.js";

/** Rows of a dataset. Without `rows` and `last` it stands for all of them. */
export interface DatasetReference {
  /** The dataset's name. */
  readonly ref: string;
  /** The newest version when absent. */
  readonly version?: string;
  /** The first row, and the row after the last, counted from 0. */
  readonly rows?: readonly [from: number, to: number];
  /** The number of newest rows, in place of `rows`. */
  readonly last?: number;
  /**
   * A name: that column with its own shape. Names: a matrix with these columns side by side. Absent: the only column.
   */
  readonly columns?: string | readonly string[];
  /** The shape of the tensor where it is not that of the rows; it has as many elements. */
  readonly shape?: readonly number[];
}

/** The newest observations of a stream, as a matrix with a row for each. */
export interface StreamReference {
  /** The stream's name. */
  readonly stream: string;
  /** The number of observations; all that the stream remembers when absent. */
  readonly last?: number;
  /** The places of the values in an observation, counted from 0; all when absent. */
  readonly columns?: readonly number[];
  /** The shape of the tensor where it is not that of the observations; it has as many elements. */
  readonly shape?: readonly number[];
}

/** What names rows that the gateway has, where a tensor may stand. */
export type TensorReference = DatasetReference | StreamReference;

/** An input of a request: the tensor itself, or a reference to one that the gateway has. */
export type InferInput = WireTensor | TensorReference;
/** Inputs by name. */
export type InferInputs = Readonly<Record<string, InferInput>>;

/** What a reference to a dataset stood for: a version and rows that never change. */
export interface DatasetRowsUsed {
  /** The dataset's name. */
  readonly ref: string;
  /** The version. */
  readonly version: string;
  /** The first row, and the row after the last, counted from 0. */
  readonly rows: readonly [from: number, to: number];
  /** The columns as the reference named them. */
  readonly columns?: string | readonly string[];
}

/** What a reference to a stream stood for. */
export interface StreamRowsUsed {
  /** The stream's name. */
  readonly stream: string;
  /** The numbers of the observations, counted from 0 since the stream was opened: the first, and the one after the last. */
  readonly rows: readonly [from: number, to: number];
  /** The time of the last of them, in milliseconds since the epoch. */
  readonly last_ts: number;
}

/** What the references of a request stood for, by the name of the input. */
export type InputsUsed = Readonly<Record<string, DatasetRowsUsed | StreamRowsUsed>>;

export function isReference(input: InferInput): input is TensorReference {
  return !("datatype" in input);
}

/** Reads an input: a tensor, or a reference. */
export function parseInput(value: unknown, field: string, form: WireForm): InferInput {
  if (isFields(value) && !has(value, "datatype") && (has(value, "ref") || has(value, "stream")))
    return parseReference(value, field);
  return parseTensor(value, field, form);
}

/** @throws HeadgateError invalid_argument that names the field */
export function parseReference(value: Fields, field: string): TensorReference {
  for (const name of ["data", "datatype"])
    if (has(value, name))
      throw invalidArgument(
        `${field}.${name}`,
        "must be absent beside ref or stream: a reference has no data",
      );
  if (has(value, "stream")) return parseStreamReference(value, field);
  if (has(value, "rows") && has(value, "last"))
    throw invalidArgument(`${field}.last`, "must be absent beside rows: give one of the two");
  return {
    ref: readDatasetName(value, "ref", `${field}.ref`),
    ...(has(value, "version") && {
      version: readString(value, "version", limits.name_length_max, `${field}.version`),
    }),
    ...(has(value, "rows") && { rows: readRows(value["rows"], `${field}.rows`) }),
    ...(has(value, "last") && { last: readCount(value, "last", `${field}.last`) }),
    ...(has(value, "columns") && { columns: readColumns(value["columns"], `${field}.columns`) }),
    ...(has(value, "shape") && { shape: readShape(value["shape"], `${field}.shape`) }),
  };
}

function parseStreamReference(value: Fields, field: string): TensorReference {
  for (const name of ["ref", "version", "rows"])
    if (has(value, name))
      throw invalidArgument(
        `${field}.${name}`,
        "must be absent beside stream: a stream has last and columns",
      );
  return {
    stream: readStreamName(value, `${field}.stream`),
    ...(has(value, "last") && { last: readCount(value, "last", `${field}.last`) }),
    ...(has(value, "columns") && { columns: readPlaces(value["columns"], `${field}.columns`) }),
    ...(has(value, "shape") && { shape: readShape(value["shape"], `${field}.shape`) }),
  };
}

const datasetName = /^[A-Za-z0-9._:/-]{1,128}$/;

/** Reads the name of a dataset. */
export function readDatasetName(fields: Fields, field: string, path = field): string {
  const name = fields[field];
  if (typeof name !== "string" || !datasetName.test(name))
    throw invalidArgument(
      path,
      `must be 1 to ${limits.name_length_max} of letters, digits and . _ : / -, got ${shown(name)}`,
    );
  return name;
}

function readCount(fields: Fields, field: string, path: string): number {
  return readInteger(fields, field, 1, Number.MAX_SAFE_INTEGER, path);
}

function readRows(value: unknown, path: string): readonly [number, number] {
  const [from, to] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  if (!isRow(from) || !isRow(to) || from >= to)
    throw invalidArgument(
      path,
      `must be [from, to], the first row and the row after the last, counted from 0; got ${Array.isArray(value) ? `[${value.slice(0, 3).map(shown).join(", ")}]` : shown(value)}`,
    );
  return [from, to];
}

function isRow(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readColumns(value: unknown, path: string): string | readonly string[] {
  if (typeof value === "string") return readString({ value }, "value", limits.name_length_max, path);
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.dataset_columns_max)
    throw invalidArgument(
      path,
      `must be a name, or an array of 1 to ${limits.dataset_columns_max} names, got ${shown(value)}`,
    );
  for (const [i, each] of value.entries())
    readString({ each }, "each", limits.name_length_max, `${path}[${i}]`);
  return value as string[];
}

function readPlaces(value: unknown, path: string): readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.dataset_columns_max)
    throw invalidArgument(
      path,
      `must be an array of 1 to ${limits.dataset_columns_max} integers, the places of the values in an observation; got ${shown(value)}`,
    );
  const odd = value.findIndex((each) => !isRow(each));
  if (odd >= 0)
    throw invalidArgument(`${path}[${odd}]`, `must be an integer from 0, got ${shown(value[odd])}`);
  return value as number[];
}

function readShape(value: unknown, path: string): readonly number[] {
  if (!Array.isArray(value) || value.length > limits.tensor_rank_max || !value.every(isRow))
    throw invalidArgument(
      path,
      `must be an array of at most ${limits.tensor_rank_max} integers from 0, got ${shown(value)}`,
    );
  return value as number[];
}
