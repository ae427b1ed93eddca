/**
 * An estimator of the catalog: its fit, the applications of the fit's attributes, and facts about them. The
 * conformance tests and the table in docs/numerics.md are made from these entries, so that neither holds a list of
 * names.
 */
import type { Parameters } from "../servable.js";
import type { Fit } from "./fit.js";

export interface Estimator {
  readonly fit: Fit;
  /** The fit's `.apply` and `.update`, where there are any. */
  readonly applications: readonly Fit[];
  /** Parameters that suit a fit of some hundred rows, for the tests that run every estimator. */
  readonly example: Parameters;
  /** Outputs that do not change when the same number is added to every element of X. */
  readonly shiftInvariant: readonly string[];
  /** The agreement with the outside library's numbers, under `fit` and under the kind of each application. */
  readonly parity: Readonly<Record<string, Parity>>;
}

/** A row of the table in docs/numerics.md. */
export interface Parity {
  /** The outputs or modes of the application that the golden vectors cover. */
  readonly ways?: string;
  /** The outside library that made the golden vectors. */
  readonly oracle: string;
  /** The largest error of an FP64 output, relative to the output's largest number. */
  readonly error: string;
  /** What else is equal, besides these numbers. */
  readonly alsoEqual?: string;
}

/** The key in `parity` of a fit or an application. */
export function partOf({ signature }: Fit): string {
  return signature.application?.kind ?? "fit";
}
