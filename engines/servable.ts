/**
 * The one noun of the house. A servable is anything that can be asked for: a learned model's version,
 * a numeric fit, a detector. Its signature is the single source of what `infer` accepts, what
 * `describe` answers and what clients type.
 */
import type { Parameters, ParameterValue } from "../protocol/frames.js";
import type { Datatype } from "../protocol/tensor.js";
import type { Lane } from "./lane.js";

export type { Parameters, ParameterValue };

/** A fixed size, or a name for any size of at least 1; one name stands for one size in a request. */
export type Dim = number | string;

export interface TensorSpec {
  readonly name: string;
  /** Accepted datatypes, the preferred one first. */
  readonly datatypes: readonly Datatype[];
  readonly shape: readonly Dim[];
  /** Shapes it may have instead, where a parameter decides. */
  readonly otherShapes?: readonly (readonly Dim[])[];
  readonly optional?: boolean;
  /** NaN and infinity are refused before compute unless this is true. */
  readonly allowNonFinite?: boolean;
  /** Characters of each string of `BYTES`; absent: any. */
  readonly lengthMax?: number;
  readonly description: string;
}

export type Constraint =
  | {
      readonly type: "integer" | "number";
      readonly minimum?: number;
      readonly exclusiveMinimum?: number;
      readonly maximum?: number;
      readonly exclusiveMaximum?: number;
      /** What multiplies the cost has a maximum, or is bounded by the rows or columns of the request itself. */
      readonly boundedByData?: true;
    }
  | { readonly type: "boolean" }
  | { readonly type: "string"; readonly values: readonly string[] }
  /** Any string of at most so many characters. */
  | { readonly type: "text"; readonly lengthMax: number }
  | { readonly type: "null" };

export interface ParameterSpec {
  readonly name: string;
  readonly description: string;
  readonly default: ParameterValue;
  /** The default of a fit that is to be kept, where it is another. */
  readonly keptDefault?: ParameterValue;
  /** The value must meet one of these. */
  readonly anyOf: readonly Constraint[];
}

export type ServableKind = "model" | "fit" | "detector";

/** What a servable does with the attributes of a fit: `apply` reads them, `update` answers new ones. */
export interface Application {
  /** The name of the fit. */
  readonly of: string;
  readonly kind: "apply" | "update";
}

export interface Signature {
  readonly name: string;
  readonly version: string;
  readonly kind: ServableKind;
  readonly description: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly parameters: readonly ParameterSpec[];
  /** Of a fit: the names of its outputs that its applications take as inputs. */
  readonly attributes?: readonly string[];
  /** Of an application of a fit. */
  readonly application?: Application;
}

/** How requests of one servable are gathered and queued. Triton's names and meanings. */
export interface Scheduling {
  /** Rows computed together; 0: the first dimension is no batch and requests run one by one. */
  readonly maxBatchSize: number;
  /** Sizes worth waiting for, ascending; empty: any. */
  readonly preferredBatchSizes: readonly number[];
  /** Milliseconds the oldest request may wait for a fuller batch. */
  readonly maxQueueDelayMs: number;
  /** Requests that may wait; one more is refused. */
  readonly maxQueueSize: number;
  /** Milliseconds a request has when it does not say. */
  readonly defaultTimeoutMs: number;
  readonly priorityLevels: number;
  readonly defaultPriority: number;
  /** Absent: rows of several requests may always be computed together. */
  readonly gathering?: BatchingPermission;
}

/**
 * Whether rows of several requests may be computed together. It is found out when a model is opened, before it is
 * given any work, and is the one thing of a servable that changes then: its queue holds it already.
 */
export interface BatchingPermission {
  allowed: boolean;
}

/** What was found of a model's rows: whether a row's answer depends on the rows that are computed with it. */
export type Batching =
  | {
      readonly together: true;
      /** Who says that rows stay apart: the analysis of its graph, or its operator alone. */
      readonly proof: "graph" | "operator";
      /** In every trial a row's answer was bit by bit what it is alone. */
      readonly exact: boolean;
      /** The largest difference in a trial, relative to the largest number of the row's answer. */
      readonly worst: number;
      /** What a trial may differ by: above it rows are not computed together. */
      readonly within: number;
      readonly trials: number;
      /** What the graph does not prove, where the operator's word is taken. */
      readonly reason?: string;
    }
  /** Each request is computed by itself. */
  | { readonly together: false; readonly reason: string };

export interface Servable {
  readonly signature: Signature;
  readonly scheduling: Scheduling;
  /** Which workers run it: fits may take seconds and must not stand in front of models. */
  readonly lane: Lane;
  /** Counts the times this version was read anew from changed files; absent: never. */
  readonly generation?: number;
  /** Answers to the same inputs are kept: bytes of them, and milliseconds. */
  readonly responseCache?: {
    readonly bytesMax: number;
    readonly ageMaxMs: number;
    /** Between namespaces. */
    readonly shared?: boolean;
  };
}

export function servableKey(signature: Pick<Signature, "name" | "version">): string {
  return `${signature.name}@${signature.version}`;
}

/** What engines know it by: two generations of one version may live side by side while traffic moves. */
export function engineKey({ signature, generation }: Servable): string {
  return generation === undefined ? servableKey(signature) : `${servableKey(signature)}#${generation}`;
}
