/** What is known of a trainer without its process: the files in schemas/ are generated from the libraries. */
import type { Signature, TensorSpec } from "../servable.js";

export interface TrainerSchema {
  readonly signature: Signature;
  /** The Python distribution that must be installed. */
  readonly library: string;
  /** The input of `<trainer>.apply`; absent: the trainer's own X, with any number of rows. */
  readonly applicationInput?: TensorSpec;
  /** The outputs of `<trainer>.apply` and of a published version; empty where no model can be exported. */
  readonly predictions: readonly TensorSpec[];
}
