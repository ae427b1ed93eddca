/** Validates the frames that put, list and remove schedules of retrainings. */
import { invalidArgument } from "./errors.js";
import {
  type Fields,
  has,
  isFields,
  readBoolean,
  readFields,
  readInteger,
  readNumber,
  readOneOf,
  readString,
  shown,
} from "./fields.js";
import { limits } from "./limits.js";
import { namesIn } from "./names.js";
import { parseNestedParameters } from "./parse-nested.js";
import { readModelName } from "./parse-publication.js";
import { parseTrigger } from "./parse-trigger.js";
import { type DatasetReference, parseReference } from "./reference.js";
import {
  promotionRules,
  type RetrainValidation,
  type ScheduleFrame,
  type SchedulesFrame,
  scoreNames,
  type UnscheduleFrame,
} from "./schedule-frames.js";

export function parseSchedule(frame: Fields): Omit<ScheduleFrame, "type" | "id"> {
  const promote = has(frame, "promote") ? readOneOf(frame, "promote", promotionRules) : undefined;
  if ((promote ?? "if_not_worse") === "if_not_worse" && !has(frame, "validation"))
    throw invalidArgument(
      "validation",
      "missing; promote if_not_worse compares scores on held-out rows: give rows, or promote always or never",
    );
  const validation = has(frame, "validation") ? parseValidation(readFields(frame, "validation")) : undefined;
  const lastRows = has(frame, "last_rows") ? readRows(frame, "last_rows") : undefined;
  requireTrainRows(lastRows, validation);
  return {
    schedule: readScheduleName(frame, "schedule"),
    model: readModelName(frame, "model"),
    trainer: readString(frame, "trainer", limits.name_length_max),
    ...(has(frame, "parameters") && { parameters: parseNestedParameters(frame) }),
    inputs: parseDatasetInputs(frame),
    ...(lastRows !== undefined && { last_rows: lastRows }),
    trigger: parseTrigger(readFields(frame, "trigger")),
    ...(promote !== undefined && { promote }),
    ...(validation !== undefined && { validation }),
    ...(has(frame, "tolerance") && { tolerance: readNumber(frame, "tolerance", 0, Number.MAX_VALUE) }),
    ...(has(frame, "expires_after_ms") && {
      expires_after_ms: readNumber(frame, "expires_after_ms", 1, limits.expires_after_ms_max),
    }),
    ...(has(frame, "replace") && { replace: readBoolean(frame, "replace") }),
  };
}

export function parseSchedules(frame: Fields): Omit<SchedulesFrame, "type" | "id"> {
  const one = has(frame, "schedule");
  for (const field of one ? ["model", "after", "limit"] : [])
    if (has(frame, field))
      throw invalidArgument(field, "is only for the list of schedules, and schedule names one");
  if (one) return { schedule: readScheduleName(frame, "schedule") };
  return {
    ...(has(frame, "model") && { model: readModelName(frame, "model") }),
    ...(has(frame, "after") && { after: readScheduleName(frame, "after") }),
    ...(has(frame, "limit") && { limit: readInteger(frame, "limit", 1, limits.schedules_listed_max) }),
  };
}

export function parseUnschedule(frame: Fields): Omit<UnscheduleFrame, "type" | "id"> {
  return { schedule: readScheduleName(frame, "schedule") };
}

const scheduleName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

export function readScheduleName(fields: Fields, field: string): string {
  const name = fields[field];
  if (typeof name === "string" && scheduleName.test(name)) return name;
  throw invalidArgument(
    field,
    `${name === undefined ? "missing; " : ""}must be 1 to 64 of letters, digits and . _ -, without a dot at the beginning` +
      `${name === undefined ? "" : `, got ${shown(name)}`}`,
  );
}

function readRows(fields: Fields, field: string, path = field): number {
  return readInteger(fields, field, 1, limits.schedule_rows_max, path);
}

function parseValidation(fields: Fields): RetrainValidation {
  const path = (name: string) => `validation.${name}`;
  const rows = readInteger(fields, "rows", 1, limits.validation_rows_max, path("rows"));
  const folds = has(fields, "folds")
    ? readInteger(fields, "folds", 1, limits.validation_folds_max, path("folds"))
    : undefined;
  if (rows % (folds ?? 1) !== 0)
    throw invalidArgument(path("folds"), `${rows} rows cannot be cut into ${folds} blocks of equal size`);
  return {
    rows,
    ...(folds !== undefined && { folds }),
    ...(has(fields, "purge") && {
      purge: readInteger(fields, "purge", 0, limits.schedule_rows_max, path("purge")),
    }),
    ...(has(fields, "score") && { score: readScore(fields["score"]) }),
  };
}

/** The window never grows: one that the held-out rows fill would fail each time. */
function requireTrainRows(lastRows: number | undefined, validation: RetrainValidation | undefined): void {
  if (lastRows === undefined || validation === undefined) return;
  const { rows, purge = 0 } = validation;
  if (lastRows > rows + purge) return;
  throw invalidArgument(
    "last_rows",
    `must be more than ${rows + purge}, got ${lastRows}: validation holds ${rows} rows out and purges ${purge}, and none is left to train on`,
  );
}

function readScore(value: unknown): NonNullable<RetrainValidation["score"]> {
  const found = scoreNames.find((each) => each === value);
  if (found !== undefined) return found;
  throw invalidArgument("validation.score", `must be one of ${scoreNames.join(", ")}, got ${shown(value)}`);
}

/** What a reference of a schedule cannot have, and why. */
const fixed: Readonly<Record<string, string>> = {
  version: "a schedule trains on the newest version",
  rows: "a schedule trains on the newest rows: give last_rows",
  last: "give last_rows, which holds for all inputs",
  shape: "the number of rows changes: put a column whose rows have the shape",
};

function parseDatasetInputs(frame: Fields): Readonly<Record<string, DatasetReference>> {
  const given = readFields(frame, "inputs");
  const inputs: Record<string, DatasetReference> = {};
  for (const name of namesIn(given, "inputs", limits.tensors_max))
    inputs[name] = parseDatasetInput(given[name], `inputs.${name}`);
  return inputs;
}

function parseDatasetInput(value: unknown, field: string): DatasetReference {
  if (!isFields(value) || !has(value, "ref"))
    throw invalidArgument(
      field,
      `must be a reference to a dataset, {"ref": its name}: a schedule trains on rows that come later, got ${shown(value)}`,
    );
  for (const [name, why] of Object.entries(fixed))
    if (has(value, name)) throw invalidArgument(`${field}.${name}`, `must be absent: ${why}`);
  return parseReference(value, field) as DatasetReference;
}
