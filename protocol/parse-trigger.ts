/** Reads what makes a schedule fall due: rows of a dataset, observations of a stream, an interval, or times of the day. */
import { invalidArgument } from "./errors.js";
import { type Fields, has, readInteger, shown } from "./fields.js";
import { limits } from "./limits.js";
import { readDatasetName } from "./reference.js";
import { type DailyTrigger, type RetrainTrigger, type Weekday, weekdays } from "./schedule-frames.js";
import { readStreamName } from "./topics.js";

/** The forms, by the fields of each. */
const forms = [["dataset", "every_rows"], ["stream", "every_observations"], ["every_ms"], ["at", "weekdays"]];

export function parseTrigger(trigger: Fields): RetrainTrigger {
  const given = Object.keys(trigger).filter((name) => has(trigger, name));
  const form = forms.find((fields) => given.length > 0 && given.every((name) => fields.includes(name)));
  const [first] = form ?? [];
  const path = (name: string) => `trigger.${name}`;
  const most = limits.schedule_rows_max;
  if (first === "dataset")
    return {
      dataset: readDatasetName(trigger, "dataset", path("dataset")),
      every_rows: readInteger(trigger, "every_rows", 1, most, path("every_rows")),
    };
  if (first === "stream")
    return {
      stream: readStreamName(trigger, path("stream")),
      every_observations: readInteger(trigger, "every_observations", 1, most, path("every_observations")),
    };
  if (first === "every_ms")
    return {
      every_ms: readInteger(trigger, "every_ms", 1, limits.schedule_interval_ms_max, path("every_ms")),
    };
  if (first === "at") return daily(trigger);
  throw invalidArgument(
    "trigger",
    `must be one of {dataset, every_rows}, {stream, every_observations}, {every_ms} and {at, weekdays}, got ${given.join(", ") || "an empty map"}`,
  );
}

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;

function daily(trigger: Fields): DailyTrigger {
  const at = distinct(
    trigger["at"],
    "trigger.at",
    limits.schedule_times_max,
    (each): each is string => typeof each === "string" && timeOfDay.test(each),
    'a time of the day in UTC, from "00:00" to "23:59"',
  );
  if (!has(trigger, "weekdays")) return { at: [...at].sort() };
  const days = distinct(
    trigger["weekdays"],
    "trigger.weekdays",
    weekdays.length,
    (each): each is Weekday => weekdays.some((day) => day === each),
    `one of ${weekdays.join(", ")}`,
  );
  return { at: [...at].sort(), weekdays: weekdays.filter((day) => days.includes(day)) };
}

function distinct<T>(
  value: unknown,
  path: string,
  most: number,
  isOne: (each: unknown) => each is T,
  what: string,
): readonly T[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most)
    throw invalidArgument(path, `must be an array of 1 to ${most} elements, got ${shown(value)}`);
  const found = new Set<T>();
  for (const [i, each] of value.entries()) {
    if (!isOne(each)) throw invalidArgument(`${path}[${i}]`, `must be ${what}, got ${shown(each)}`);
    if (found.has(each)) throw invalidArgument(`${path}[${i}]`, `${shown(each)} is there already`);
    found.add(each);
  }
  return [...found];
}
