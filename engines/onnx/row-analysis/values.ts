/**
 * The facts that are known of a tensor in a graph: its dependence on the request's rows, its shape, and its numbers
 * where they are few. Pure.
 */
import type { Size } from "./sizes.js";

/** How a tensor depends on the rows that are computed together. */
export type RowDependence =
  /** It does not depend on the rows. */
  | { readonly kind: "fixed" }
  /** It depends on the number of rows alone. */
  | { readonly kind: "counted" }
  /** Each row has its own part of the tensor, in order along this axis. */
  | { readonly kind: "rows"; readonly axis: number }
  /** The whole tensor belongs to one row: inside a Scan over the rows. */
  | { readonly kind: "own" }
  /** A part of it depends on several rows. */
  | { readonly kind: "coupled"; readonly reason: string }
  /** Its dependence cannot be determined. */
  | { readonly kind: "undecided"; readonly reason: string };

export interface Value {
  readonly dependence: RowDependence;
  /** Absent where not even the rank is known; a value with `rows` always has one. */
  readonly shape?: readonly Size[] | undefined;
  /** The elements of a scalar or a short list of numbers. */
  readonly elements?: readonly Size[] | undefined;
}

/** A value of kind `rows`, with its size along the rows' axis. */
export interface RowsValue {
  readonly axis: number;
  readonly shape: readonly Size[];
  /** The size along the axis: the rows, where each may have several entries. */
  readonly size: Size;
}

export const fixed: RowDependence = { kind: "fixed" };
export const counted: RowDependence = { kind: "counted" };
/** Limit on the elements that are kept of a list of numbers. */
export const elementsMax = 64;

export function fixedValue(shape?: readonly Size[]): Value {
  return { dependence: fixed, shape };
}

export function rowsValue(shape: readonly Size[], axis: number): Value {
  return { dependence: { kind: "rows", axis }, shape };
}

/** A value of known numbers: `counted` where one contains the number of rows, else `fixed`. */
export function elementsValue(elements: readonly Size[], shape: readonly Size[]): Value {
  return { dependence: elements.some(({ rows }) => rows > 0) ? counted : fixed, shape, elements };
}

export function rowsOf(value: Value | undefined): RowsValue | undefined {
  if (value?.dependence.kind !== "rows" || value.shape === undefined) return undefined;
  const { axis } = value.dependence;
  const size = value.shape[axis];
  return size === undefined ? undefined : { axis, shape: value.shape, size };
}

/** Thrown by a rule where rows are combined: the operator's outputs depend on several rows. */
export class RowsInteractError extends Error {}
/** Thrown by a rule that cannot determine the outputs' dependence. */
export class UndecidableError extends Error {}

/** @param how the operator's effect, a sentence that begins with the operator's name */
export function rowsInteract(how: string): never {
  throw new RowsInteractError(how);
}

export function undecidable(why: string): never {
  throw new UndecidableError(why);
}

export function shapeOf(value: Value | undefined): readonly Size[] {
  return value?.shape ?? undecidable("has an input whose shape is not known");
}

/** The numbers of a value where they do not depend on the rows; undefined otherwise. */
export function numbersOf(value: Value | undefined): number[] | undefined {
  const numbers = value?.elements?.map((size) =>
    size.rows === 0 && size.names.length === 0 ? size.factor : undefined,
  );
  return numbers?.every((each) => each !== undefined) ? (numbers as number[]) : undefined;
}

/** Requires a value that does not depend on the rows. */
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
