/** Reads values of a saved state. A missing value means that the store is damaged, and throws. */
import type { SavedState } from "./detector.js";

/** @throws Error when the state has no array of that name */
export function savedArray(saved: SavedState, name: string): Float64Array {
  const value = saved[name];
  if (value instanceof Float64Array) return value.slice();
  throw new Error(`the saved state has no array ${name}`);
}

/** @throws Error when the state has no number of that name */
export function savedNumber(saved: SavedState, name: string): number {
  const value = saved[name];
  if (typeof value === "number") return value;
  throw new Error(`the saved state has no number ${name}`);
}
