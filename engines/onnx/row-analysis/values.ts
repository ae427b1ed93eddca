/** What is known of a tensor in a graph: what it holds of the request's rows, its shape, its numbers if they are few. Pure. */
import type { Size } from "./sizes.js";

/** What a tensor holds of the rows that are computed together. */
export type RowDependence =
  /** Nothing: it is the same whatever the rows are. */
  | { readonly kind: "fixed" }
  /** How many they are, and nothing else. */
  | { readonly kind: "counted" }
  /** Each row has its own part of the tensor, one after another along this axis. */
  | { readonly kind: "rows"; readonly axis: number }
  /** All of it is of one row: inside a Scan over the rows. */
  | { readonly kind: "own" }
  /** A part of it is of several rows. */
  | { readonly kind: "coupled"; readonly reason: string }
  /** It cannot be told. */
  | { readonly kind: "undecided"; readonly reason: string };

export interface Value {
  readonly dependence: RowDependence;
  /** Absent where not even the rank is known; a value with `rows` always has one. */
  readonly shape?: readonly Size[] | undefined;
  /** What it holds, of a scalar or a short list of numbers. */
  readonly elements?: readonly Size[] | undefined;
}

/** A value with `rows`, looked at. */
export interface RowsValue {
  readonly axis: number;
  readonly shape: readonly Size[];
  /** Along the axis: the rows, each perhaps several entries. */
  readonly size: Size;
}

export const fixed: RowDependence = { kind: "fixed" };
export const counted: RowDependence = { kind: "counted" };
/** Elements that are kept of a list of numbers. */
export const elementsMax = 64;

export function fixedValue(shape?: readonly Size[]): Value {
  return { dependence: fixed, shape };
}

export function rowsValue(shape: readonly Size[], axis: number): Value {
  return { dependence: { kind: "rows", axis }, shape };
}

/** Known numbers: they hold the count of rows, or nothing of them. */
export function elementsValue(elements: readonly Size[], shape: readonly Size[]): Value {
  return { dependence: elements.some(({ rows }) => rows > 0) ? counted : fixed, shape, elements };
}

export function rowsOf(value: Value | undefined): RowsValue | undefined {
  if (value?.dependence.kind !== "rows" || value.shape === undefined) return undefined;
  const { axis } = value.dependence;
  const size = value.shape[axis];
  return size === undefined ? undefined : { axis, shape: value.shape, size };
}

/** Thrown inside a rule where rows meet: the operator's outputs hold several rows. */
export class RowsInteractError extends Error {}
/** Thrown inside a rule that cannot tell. */
export class UndecidableError extends Error {}

/** @param how what the operator does, as a sentence that begins with it */
export function rowsInteract(how: string): never {
  throw new RowsInteractError(how);
}

export function undecidable(why: string): never {
  throw new UndecidableError(why);
}

export function shapeOf(value: Value | undefined): readonly Size[] {
  return value?.shape ?? undecidable("has an input whose shape is not known");
}

/** Numbers that are known now, whatever the rows are; undefined: they are not. */
export function numbersOf(value: Value | undefined): number[] | undefined {
  const numbers = value?.elements?.map((size) =>
    size.rows === 0 && size.names.length === 0 ? size.factor : undefined,
  );
  return numbers?.every((each) => each !== undefined) ? (numbers as number[]) : undefined;
}

/** Any other value than rows, in a place that must not depend on them. */
export function requireFixed(value: Value | undefined, what: string): void {
  if (value === undefined || value.dependence.kind === "fixed") return;
  if (value.dependence.kind === "counted") rowsInteract(`takes its ${what} from the number of rows`);
  rowsInteract(`takes its ${what} from the rows themselves`);
}

/** A negative axis counts from the end. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (at < 0 || at >= rank) undecidable(`has axis ${axis} of a tensor with ${rank}`);
  return at;
}
