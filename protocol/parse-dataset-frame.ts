/** Validates the frames that keep, list and remove datasets. */
import type {
  AppendFrame,
  DatasetColumns,
  DatasetsFrame,
  DropFrame,
  PutFrame,
  UploadPart,
} from "./dataset-frames.js";
import { invalidArgument } from "./errors.js";
import { type Fields, has, readBoolean, readFields, readInteger, readString, shown } from "./fields.js";
import { limits } from "./limits.js";
import { parseTensor, type WireForm } from "./parse-tensor.js";
import { readDatasetName } from "./reference.js";
import type { WireTensor } from "./tensor.js";

export function parsePut(frame: Fields, form: WireForm): Omit<PutFrame, "type" | "id"> {
  return {
    ...(has(frame, "dataset") && { dataset: readDatasetName(frame, "dataset") }),
    columns: parseColumns(frame, form),
    ...parseTime(frame),
    ...(has(frame, "expiry_ms") && {
      expiry_ms: readInteger(frame, "expiry_ms", 1_000, Number.MAX_SAFE_INTEGER),
    }),
    ...parseUpload(frame),
  };
}

export function parseAppend(frame: Fields, form: WireForm): Omit<AppendFrame, "type" | "id"> {
  return {
    dataset: readDatasetName(frame, "dataset"),
    ...parseVersion(frame),
    columns: parseColumns(frame, form),
    ...parseTime(frame),
  };
}

export function parseDrop(frame: Fields): Omit<DropFrame, "type" | "id"> {
  return { dataset: readDatasetName(frame, "dataset"), ...parseVersion(frame) };
}

export function parseDatasets(frame: Fields): Omit<DatasetsFrame, "type" | "id"> {
  return {
    ...(has(frame, "prefix") && { prefix: readString(frame, "prefix", limits.name_length_max) }),
    ...(has(frame, "after") && { after: readString(frame, "after", limits.name_length_max) }),
    ...(has(frame, "limit") && { limit: readInteger(frame, "limit", 1, limits.datasets_listed_max) }),
  };
}

function parseVersion(frame: Fields): Pick<DropFrame, "version"> {
  return has(frame, "version") ? { version: readString(frame, "version", limits.name_length_max) } : {};
}

function parseTime(frame: Fields): Pick<PutFrame, "ts"> {
  const { ts } = frame;
  if (!has(frame, "ts")) return {};
  if (typeof ts !== "number" || !(Math.abs(ts) <= limits.time_ms_max))
    throw invalidArgument("ts", `must be milliseconds since the epoch, got ${shown(ts)}`);
  return { ts };
}

function parseUpload(frame: Fields): UploadPart {
  if (!has(frame, "upload")) {
    for (const field of ["part", "last"])
      if (has(frame, field)) throw invalidArgument(field, "is only for a put in parts, which has an upload");
    return {};
  }
  return {
    upload: readString(frame, "upload", limits.name_length_max),
    part: readInteger(frame, "part", 0, Number.MAX_SAFE_INTEGER),
    ...(has(frame, "last") && { last: readBoolean(frame, "last") }),
  };
}

/**
 * Characters that would make the canonical form of a dataset ambiguous: control characters, and halves of surrogate
 * pairs, which all become the same bytes in UTF-8.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const ambiguous = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** Reads the columns: they have equally many rows, and names that are no longer than other names. */
export function parseColumns(frame: Fields, form: WireForm): DatasetColumns {
  const given = readFields(frame, "columns");
  const names = Object.keys(given);
  if (names.length === 0 || names.length > limits.dataset_columns_max)
    throw invalidArgument(
      "columns",
      `must be 1 to ${limits.dataset_columns_max} columns, got ${names.length}`,
    );
  const columns: Record<string, WireTensor> = {};
  let first: { readonly name: string; readonly rows: number } | undefined;
  for (const name of names) {
    requireColumnName(name);
    const column = parseColumn(given[name], `columns.${name}`, form);
    const rows = column.shape[0] as number;
    if (first !== undefined && rows !== first.rows)
      throw invalidArgument(
        `columns.${name}.shape`,
        `${rows} rows, and columns.${first.name} has ${first.rows}: all columns must have equally many`,
      );
    first ??= { name, rows };
    columns[name] = column;
  }
  return columns;
}

function requireColumnName(name: string): void {
  if (
    name.length === 0 ||
    name.length > limits.name_length_max ||
    ambiguous.test(name) ||
    name === "__proto__"
  )
    throw invalidArgument(
      "columns",
      `names must be 1 to ${limits.name_length_max} characters without control characters and halves of surrogate pairs, got ${shown(name)}`,
    );
}

function parseColumn(value: unknown, field: string, form: WireForm): WireTensor {
  const column = parseTensor(value, field, form);
  if (column.datatype === "BYTES")
    throw invalidArgument(`${field}.datatype`, "must be a datatype of numbers or BOOL, got BYTES");
  const [rows, ...row] = column.shape;
  if (rows === undefined || rows < 1 || row.some((size) => size < 1))
    throw invalidArgument(
      `${field}.shape`,
      `must be [rows] or [rows, ...] with sizes of at least 1, got [${column.shape.join(", ")}]`,
    );
  return column;
}
