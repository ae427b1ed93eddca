/** What `describe` tells. Its entries keep the names that they have on the wire; PROTOCOL.md tells all of them. */
import type { AckFrame } from "../../protocol/frames.js";
import type { ObservationLayout } from "./observation-layout.js";
import { type ParameterDescription, type ParametersSchema, parametersSchema } from "./parameters-schema.js";

/** What a gateway serves, and what it measured. */
export interface Description {
  /** The learned models and the fits. */
  readonly models: readonly Described[];
  /** The detectors of market regimes. */
  readonly detectors: readonly Described[];
  /** Null until the gateway has measured them. */
  readonly kernels: KernelsMeasured | null;
}

/** What a matrix product of so many multiply-adds costs on each backend of the gateway's machine. */
export interface KernelsMeasured {
  /** The machine that was measured. */
  readonly machine: string;
  /** The backends of that machine. */
  readonly backends: readonly KernelCosts[];
}

/** What matrix products cost on one backend. */
export interface KernelCosts {
  /** The backend, as results name it. */
  readonly name: string;
  /** The precision that it computes in, such as `fp64`. */
  readonly precision: string;
  /** How the precision is reached, as PROTOCOL.md tells. */
  readonly mode: string;
  /** Costs by size. */
  readonly costs: readonly KernelCost[];
}

/** What one matrix product costs. */
export interface KernelCost {
  /** Multiply-adds of the product. */
  readonly work: number;
  /** Milliseconds that it took. */
  readonly ms: number;
}

/** What a model takes of memory. */
export interface ModelMemory {
  /** Bytes of its files. */
  readonly file_bytes: number;
  /** Bytes that one instance takes while it is opened. */
  readonly opening_bytes: number;
  /** Bytes that one instance takes once it is open. */
  readonly resident_bytes: number;
  /** How many instances are open. */
  readonly instances: number;
}

/** Rows of several requests are not computed together. */
export interface SeparateBatching {
  /** Each request is computed by itself. */
  readonly together: false;
  /** Why. */
  readonly reason: string;
}

/** Rows of several requests are computed together. */
export interface JointBatching {
  /** Rows of several requests are computed at once. */
  readonly together: true;
  /** Who says that rows stay apart: the model's graph, or whoever runs the gateway. */
  readonly proof: "graph" | "operator";
  /** Whether answers are equal to those of each request by itself, or close to them. */
  readonly answers: "exact" | "close";
  /** How often that was tried. */
  readonly trials: number;
  /** Of close answers, what a number may differ by, as a share of the largest in its row. */
  readonly within?: number;
  /** Of close answers, what a number did differ by at most, as a share of the largest in its row. */
  readonly worst?: number;
  /** Why the graph itself does not tell, where the operator vouches. */
  readonly reason?: string;
}

/** A model, a fit or a detector, as `describe` tells it. */
export interface Described {
  /** The name by which it is asked for. */
  readonly name: string;
  /** Its version; null for what has none. */
  readonly version: string | null;
  /** Of a model that was opened: bytes of one instance as they were measured, and of its files. */
  readonly memory?: ModelMemory;
  /** Of a model that was opened: whether rows of several requests are computed together, and what that is worth. */
  readonly batching?: SeparateBatching | JointBatching;
  /** Of a model that was opened: what of its folder is not applied, and what else is good to know. A sentence each. */
  readonly notes?: readonly string[];
  /** The parameters that it takes. */
  readonly parameters?: readonly ParameterDescription[];
  /** The same parameters as JSON Schema. */
  readonly parameters_schema?: ParametersSchema;
  /** Of a policy that was asked for by its name: what its observation is made of. */
  readonly policy?: ObservationLayout;
  /** What else PROTOCOL.md tells of it. */
  readonly [field: string]: unknown;
}

export function descriptionOf({ models, detectors, kernels }: AckFrame): Description {
  return {
    models: (models as Described[]).map(withSchema),
    detectors: (detectors as Described[]).map(withSchema),
    kernels: (kernels ?? null) as KernelsMeasured | null,
  };
}

function withSchema(entry: Described): Described {
  const { parameters } = entry;
  return parameters === undefined ? entry : { ...entry, parameters_schema: parametersSchema(parameters) };
}
