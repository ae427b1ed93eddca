/** Validates the frames that train, that list and cancel trainings, and that upload a model. */
import { fromBase64 } from "./base64.js";
import { invalidArgument } from "./errors.js";
import {
  type Fields,
  has,
  readBoolean,
  readFields,
  readInteger,
  readNumber,
  readOneOf,
  readString,
  shown,
} from "./fields.js";
import { idMax, limits } from "./limits.js";
import { parseInputs } from "./parse-inputs.js";
import { parseNestedParameters } from "./parse-nested.js";
import { parsePublication } from "./parse-publication.js";
import type { WireForm } from "./parse-tensor.js";
import {
  type CancelJobFrame,
  type JobsFrame,
  jobStates,
  type TrainFrame,
  type UploadFrame,
} from "./train-frames.js";

export function parseTrain(frame: Fields, form: WireForm): Omit<TrainFrame, "type" | "id"> {
  return {
    trainer: readString(frame, "trainer", limits.name_length_max),
    ...(has(frame, "version") && { version: readString(frame, "version", limits.name_length_max) }),
    inputs: parseInputs(frame, form),
    ...(has(frame, "parameters") && { parameters: parseNestedParameters(frame) }),
    ...(has(frame, "keep_seconds") && { keep_seconds: readKeepSeconds(frame) }),
    ...(has(frame, "publish") && { publish: parsePublication(readFields(frame, "publish"), "publish.") }),
    ...(has(frame, "background") && { background: readBoolean(frame, "background") }),
    ...(has(frame, "label") && { label: readString(frame, "label", limits.job_label_length_max) }),
    ...(has(frame, "key") && { key: readString(frame, "key", limits.name_length_max) }),
    ...(has(frame, "timeout_ms") && {
      timeout_ms: readNumber(frame, "timeout_ms", 0, limits.timeout_ms_max),
    }),
    ...(has(frame, "priority") && { priority: readInteger(frame, "priority", 0, idMax) }),
    ...(has(frame, "traceparent") && {
      traceparent: readString(frame, "traceparent", limits.name_length_max),
    }),
  };
}

function readKeepSeconds(frame: Fields): number {
  const seconds = readNumber(frame, "keep_seconds", 0, limits.keep_seconds_max);
  if (seconds === 0)
    throw invalidArgument("keep_seconds", "must be more than 0; leave it out to keep nothing");
  return seconds;
}

/** What only the list has, and what only the description of one job has. */
const ofList = ["state", "before", "limit"];
const ofOne = ["log", "outputs", "onnx_from"];

export function parseJobs(frame: Fields): Omit<JobsFrame, "type" | "id"> {
  const one = has(frame, "job");
  for (const field of one ? ofList : ofOne)
    if (has(frame, field))
      throw invalidArgument(
        field,
        one
          ? "is only for the list of jobs, and job names one"
          : "is only for the description of one job: name it in job",
      );
  if (one)
    return {
      job: readJobName(frame, "job"),
      ...(has(frame, "log") && { log: readBoolean(frame, "log") }),
      ...(has(frame, "outputs") && { outputs: readBoolean(frame, "outputs") }),
      ...(has(frame, "onnx_from") && {
        onnx_from: readInteger(frame, "onnx_from", 0, Number.MAX_SAFE_INTEGER),
      }),
    };
  return {
    ...(has(frame, "state") && { state: readOneOf(frame, "state", jobStates) }),
    ...(has(frame, "before") && { before: readJobName(frame, "before") }),
    ...(has(frame, "limit") && { limit: readInteger(frame, "limit", 1, limits.jobs_listed_max) }),
  };
}

export function parseCancelJob(frame: Fields): Omit<CancelJobFrame, "type" | "id"> {
  return { job: readJobName(frame, "job") };
}

const jobName = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads the name of a job, which the gateway gave. */
export function readJobName(fields: Fields, field: string): string {
  const name = fields[field];
  if (typeof name !== "string" || !jobName.test(name))
    throw invalidArgument(
      field,
      `must be the name of a job, 1 to 64 of letters, digits and _ -, got ${shown(name)}`,
    );
  return name;
}

export function parseUpload(frame: Fields, form: WireForm): Omit<UploadFrame, "type" | "id"> {
  const parts = parseParts(frame);
  const isFirst = parts.part === undefined || parts.part === 0;
  if (!isFirst && has(frame, "publish"))
    throw invalidArgument("publish", "is only for the first part of an upload");
  const publish = isFirst && { publish: parsePublication(readFields(frame, "publish"), "publish.") };
  return { ...publish, ...parts, onnx: parseBytes(frame["onnx"], "onnx", form) };
}

function parseParts(frame: Fields): Pick<UploadFrame, "upload" | "part" | "last"> {
  if (!has(frame, "upload")) {
    for (const field of ["part", "last"])
      if (has(frame, field)) throw invalidArgument(field, "is only for a file in parts, which has an upload");
    return {};
  }
  return {
    upload: readString(frame, "upload", limits.name_length_max),
    part: readInteger(frame, "part", 0, Number.MAX_SAFE_INTEGER),
    ...(has(frame, "last") && { last: readBoolean(frame, "last") }),
  };
}

function parseBytes(value: unknown, field: string, form: WireForm): Uint8Array {
  const bytes = form === "json" ? fromBase64(value, field) : value;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0)
    throw invalidArgument(
      field,
      value === undefined
        ? "missing; must be the bytes of the file"
        : `must be at least one byte of the file, got ${shown(value)}`,
    );
  return bytes;
}
