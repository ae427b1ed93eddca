/** What a policy's observation is made of, as `describe` tells it. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import type { NestedValue } from "../../protocol/train-frames.js";

/** An observation is `window` rows of `columns`, the oldest first, and then the numbers of `state`. */
export interface ObservationLayout {
  /** The rows of an observation. */
  readonly window: number;
  /** The names of a row's numbers. */
  readonly columns: readonly string[];
  /** The names of the numbers behind the window. */
  readonly state: readonly string[];
  /** What an action stands for: a `kind`, and its bounds or its targets. */
  readonly actions: Readonly<Record<string, NestedValue>>;
  /** What else its trainer told. */
  readonly [field: string]: unknown;
}

/** Names of a part that an error shows. */
const shownMax = 12;

/** A name for each number: a column of an earlier row has the distance behind it, as `return[0]@-1`. */
export function observationNames({ window, columns, state }: ObservationLayout): readonly string[] {
  const rows = Array.from({ length: window }, (_, at) => at + 1 - window);
  return [...rows.flatMap((row) => columns.map((name) => (row < 0 ? `${name}@${row}` : name))), ...state];
}

/**
 * The numbers in their order.
 * @throws HeadgateError invalid_argument naming what is missing, unknown or no finite number
 */
export function laidOut(
  layout: ObservationLayout,
  observation: readonly number[] | Float32Array | Float64Array | Readonly<Record<string, number>>,
): Float32Array {
  const names = observationNames(layout);
  const values = isList(observation) ? observation : ordered(layout, names, observation);
  if (values.length !== names.length)
    throw wrong(
      `has ${values.length} numbers, and this policy takes ${names.length}: ${observationText(layout)}`,
    );
  const numbers = Float32Array.from(values);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw wrong(`${names[bad]} is no finite number`);
  return numbers;
}

function ordered(
  layout: ObservationLayout,
  names: readonly string[],
  given: Readonly<Record<string, number>>,
): readonly number[] {
  const known = new Set(names);
  const missing = names.filter((name) => !Object.hasOwn(given, name));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  const parts = [
    ...(missing.length > 0 ? [`lacks ${listed(missing)}`] : []),
    ...(unknown.length > 0 ? [`has ${listed(unknown)}, which it does not take`] : []),
  ];
  if (parts.length > 0) throw wrong(`${parts.join(" and ")}; this policy takes ${observationText(layout)}`);
  return names.map((name) => given[name] as number);
}

function observationText({ window, columns, state }: ObservationLayout): string {
  const rows = window === 1 ? "" : `${window} rows, the oldest first, of `;
  const parts = [
    ...(columns.length > 0 ? [`${rows}${listed(columns)}`] : []),
    ...(state.length > 0 ? [listed(state)] : []),
  ];
  return parts.join(", then ");
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, shownMax).join(", ");
  return names.length > shownMax ? `${shown} and ${names.length - shownMax} others` : shown;
}

function isList(value: object): value is readonly number[] | Float32Array | Float64Array {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function wrong(problem: string): HeadgateError {
  return new HeadgateError("invalid_argument", `observation: ${problem}`);
}
