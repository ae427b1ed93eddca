/** The bytes of an HTTP request, or of several, and how many answers they may have. */
import type { Random } from "./random.js";
import type { Catalog } from "./servables.js";

export interface HttpShape {
  readonly bytes: Buffer;
  /** Requests in the bytes. */
  readonly requests: number;
  /** Answers at least; the connection may also end without one where it is 0. */
  readonly least: number;
  readonly most: number;
}

export interface ShapeWords {
  readonly random: Random;
  /** Paths that the gateway serves. */
  readonly paths: readonly string[];
  readonly catalog: Catalog;
}

export type ShapeOf = (words: ShapeWords) => HttpShape;

/** A request that has one answer, whichever. */
export function answered(text: string): HttpShape {
  return { bytes: Buffer.from(text, "latin1"), requests: 1, least: 1, most: 1 };
}

/** A request that may be answered once, or end the connection. */
export function doubtful(text: string): HttpShape {
  return { ...answered(text), least: 0 };
}
