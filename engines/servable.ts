/**
 * The one noun of the house. A servable is anything that can be asked for: a learned model's version,
 * a numeric fit, a detector. Its signature is the single source of what `infer` accepts, what
 * `describe` answers and what clients type.
 */
import type { Datatype } from "../protocol/tensor.js";

/** A fixed size, or a name for any size of at least 1; one name stands for one size in a request. */
export type Dim = number | string;

export interface TensorSpec {
  readonly name: string;
  /** Accepted datatypes, the preferred one first. */
  readonly datatypes: readonly Datatype[];
  readonly shape: readonly Dim[];
  readonly optional?: boolean;
  readonly description: string;
}

export type Plain = string | number | boolean | null;
export type Parameters = Readonly<Record<string, Plain>>;

export type Constraint =
  | {
      readonly type: "integer" | "number";
      readonly minimum?: number;
      readonly exclusiveMinimum?: number;
      readonly maximum?: number;
      readonly exclusiveMaximum?: number;
    }
  | { readonly type: "boolean" }
  | { readonly type: "string"; readonly values: readonly string[] }
  | { readonly type: "null" };

export interface ParameterSpec {
  readonly name: string;
  readonly description: string;
  readonly default: Plain;
  /** The value must meet one of these. */
  readonly anyOf: readonly Constraint[];
}

export type ServableKind = "model" | "fit" | "detector";

export interface Signature {
  readonly name: string;
  readonly version: string;
  readonly kind: ServableKind;
  readonly description: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly parameters: readonly ParameterSpec[];
}
