/**
 * An estimator of the catalog: its fit, what can be done with the fit's attributes, and what is true of it. The
 * conformance tests and the table in docs/numerics.md are made from this, so that they hold no list of names.
 */
import type { Parameters } from "../servable.js";
import type { Fit } from "./fit.js";

export interface Estimator {
  readonly fit: Fit;
  /** Its `.apply` and `.update`, where it has them. */
  readonly applications: readonly Fit[];
  /** Parameters of a fit of some hundred rows, for the tests that try every estimator. */
  readonly example: Parameters;
  /** Outputs that stay as they are when the same number is added to all of X. */
  readonly shiftInvariant: readonly string[];
  /** How near its numbers are to the outside library's: one for the fit and one for each application. */
  readonly parity: Readonly<Record<string, Parity>>;
}

/** A row of the table in docs/numerics.md. */
export interface Parity {
  /** Which of the estimator's ways the golden vectors try. */
  readonly ways?: string;
  /** The outside library that made the golden vectors. */
  readonly oracle: string;
  /** The largest error of an FP64 output, relative to the output's largest number. */
  readonly error: string;
  /** What is equal beside the numbers. */
  readonly alsoEqual?: string;
}

/** The name under which an application's parity stands. */
export function partOf({ signature }: Fit): string {
  return signature.application?.kind ?? "fit";
}
