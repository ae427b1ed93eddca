/**
 * A servable is anything that `infer` can be called on: a version of a learned model, a numeric fit, a detector. Its
 * signature is the single source for the inputs that `infer` accepts, the answer of `describe` and the clients'
 * types.
 */
import type { Parameters, ParameterValue } from "../protocol/frames.js";
import type { Datatype } from "../protocol/tensor.js";
import type { NestedValue } from "../protocol/train-frames.js";
import type { Lane } from "./lane.js";
import type { PolicyLayout } from "./policy-layout.js";

export type { Parameters, ParameterValue };

/** A fixed size, or a name that stands for any size of at least 1; within a request one name stands for one size. */
export type Dim = number | string;

export interface TensorSpec {
  readonly name: string;
  /** Accepted datatypes, the preferred one first. */
  readonly datatypes: readonly Datatype[];
  readonly shape: readonly Dim[];
  /** Alternative shapes, where a parameter decides which one is valid. */
  readonly otherShapes?: readonly (readonly Dim[])[];
  readonly optional?: boolean;
  /** NaN and infinity are refused before compute unless this is true. */
  readonly allowNonFinite?: boolean;
  /** Limit on the characters of each string of `BYTES`; absent: none. */
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
      /**
       * The parameter multiplies the cost and has no maximum, because the rows or columns of the request itself bound
       * it.
       */
      readonly boundedByData?: true;
    }
  | { readonly type: "boolean" }
  | { readonly type: "string"; readonly values: readonly string[] }
  /** Any string up to this number of characters. */
  | { readonly type: "text"; readonly lengthMax: number }
  | { readonly type: "null" };

export interface ParameterSpec {
  readonly name: string;
  readonly description: string;
  readonly default: ParameterValue;
  /** The default for a fit that is kept, where it differs. */
  readonly keptDefault?: ParameterValue;
  /** The value must meet at least one of these constraints. */
  readonly anyOf: readonly Constraint[];
}

/** A constraint on a trainer's parameter. */
export type NestedConstraint =
  | Constraint
  /** A list whose items each meet one of these constraints. */
  | {
      readonly type: "list";
      readonly items: readonly NestedConstraint[];
      readonly lengthMin?: number;
      readonly lengthMax: number;
    }
  /** A map from any names to values that each meet one of these constraints. */
  | { readonly type: "map"; readonly values: readonly NestedConstraint[]; readonly lengthMax: number }
  /** A map with these names. */
  | { readonly type: "record"; readonly fields: readonly NestedParameterSpec[] }
  /** The name and the parameters of another trainer: `{trainer, parameters}`. */
  | { readonly type: "trainer"; readonly names: readonly string[] };

/** A parameter of a trainer: lists and maps may be nested. */
export interface NestedParameterSpec {
  readonly name: string;
  readonly description: string;
  readonly default: NestedValue;
  /** True when it has no default. */
  readonly required?: boolean;
  /** The value must meet at least one of these constraints. */
  readonly anyOf: readonly NestedConstraint[];
}

export type ServableKind = "model" | "fit" | "detector" | "trainer";

/** How a servable uses the attributes of a fit: `apply` reads them, `update` returns new ones. */
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
  /** Set for a trainer, whose `parameters` is empty. */
  readonly nestedParameters?: readonly NestedParameterSpec[];
  /** Set for a fit: the names of its outputs that its applications take as inputs. */
  readonly attributes?: readonly string[];
  /** Set for an application of a fit. */
  readonly application?: Application;
  /** Set for a policy: what its input `observation` is made of. */
  readonly policy?: PolicyLayout;
}

/** How requests of one servable are batched and queued, with Triton's names and meanings. */
export interface Scheduling {
  /** Maximum rows computed together; 0: the first dimension is not a batch and requests run one by one. */
  readonly maxBatchSize: number;
  /** Batch sizes for which the scheduler waits, ascending; empty: any size. */
  readonly preferredBatchSizes: readonly number[];
  /** Milliseconds the oldest request may wait for a fuller batch. */
  readonly maxQueueDelayMs: number;
  /** Limit on waiting requests; further ones are refused. */
  readonly maxQueueSize: number;
  /** Milliseconds after which a request without a timeout of its own expires. */
  readonly defaultTimeoutMs: number;
  readonly priorityLevels: number;
  readonly defaultPriority: number;
  /** Absent: rows of several requests may always be computed together. */
  readonly gathering?: BatchingPermission;
}

/**
 * Whether rows of several requests may be computed together. It is decided when a model is opened, before its first
 * request, and is the only field of a servable that is written later: the queue already refers to the servable then.
 */
export interface BatchingPermission {
  allowed: boolean;
}

/**
 * Whether a model's rows may be computed together: the result of the proof of whether a row's answer depends on the
 * other rows.
 */
export type Batching =
  | {
      readonly together: true;
      /** The source of the independence: the analysis of the graph, or the operator's assertion alone. */
      readonly proof: "graph" | "operator";
      /** Whether in every trial a row's answer in a batch was equal, bit by bit, to its answer alone. */
      readonly exact: boolean;
      /** The largest difference in a trial, relative to the largest number of the row's answer. */
      readonly worst: number;
      /** The tolerated difference: above it rows are not computed together. */
      readonly within: number;
      readonly trials: number;
      /** The part that the graph does not prove, where the operator asserts the independence. */
      readonly reason?: string;
    }
  /** Each request is computed by itself. */
  | { readonly together: false; readonly reason: string };

export interface Servable {
  readonly signature: Signature;
  readonly scheduling: Scheduling;
  /**
   * The workers that run it. Fits have workers of their own, because they may take seconds and would delay models.
   */
  readonly lane: Lane;
  /**
   * Incremented each time this version is reloaded from changed files; absent: never reloaded. Models that are kept
   * under handles share a name and a version and each have a number here.
   */
  readonly generation?: number;
  /** Milliseconds since the epoch from which the version refuses every request; absent: it never expires. */
  readonly expiresTs?: number;
  /** Set when answers to equal inputs are cached: the limits in bytes and in milliseconds. */
  readonly responseCache?: {
    readonly bytesMax: number;
    readonly ageMaxMs: number;
    /** Whether the cache is shared between namespaces. */
    readonly shared?: boolean;
  };
}

export function servableKey(signature: Pick<Signature, "name" | "version">): string {
  return `${signature.name}@${signature.version}`;
}

/**
 * The key of a servable in the engines. It contains the generation, because two generations of one version are open
 * while traffic moves from one to the other.
 */
export function engineKey({ signature, generation }: Servable): string {
  return generation === undefined ? servableKey(signature) : `${servableKey(signature)}#${generation}`;
}
