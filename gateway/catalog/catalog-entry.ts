/** What the catalog has of each version of a servable. */
import type { Batching, Servable } from "../../engines/servable.js";

export type ServableState =
  /** A reason is given when the files on disk have changed and the new files cannot be served. */
  | { readonly kind: "ready"; readonly reason?: string }
  /** Loaded at its first request. `opening` is true once that has begun; requests wait meanwhile. */
  | { readonly kind: "unloaded"; readonly opening: boolean }
  | { readonly kind: "loading" }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface CatalogEntry {
  readonly servable: Servable;
  readonly state: ServableState;
  /** Absent for fits, and for a model that was not loaded yet. */
  readonly figures?: ServableFigures;
}

/** What was measured and found out when a version was loaded. */
export interface ServableFigures {
  /** The execution backend, such as `onnxruntime-cpu`. */
  readonly backend: string;
  /** Whether rows of several requests are computed together, and how much faster that is. */
  readonly batching: Batching;
  /** Sentences for the client beside the signature, such as parts of the model's folder that are not applied. */
  readonly notes: readonly string[];
  /** Milliseconds since the epoch at which it was opened and reproduced its golden answer. */
  readonly provenAt: number;
  /** Measured bytes of an instance, the bytes of its files, and the number of instances. */
  readonly memory: {
    readonly fileBytes: number;
    readonly opening: number;
    readonly resident: number;
    readonly instances: number;
  };
  /** Which batches are computed on the thread of the sockets, at present. */
  readonly inline: () => InlineFigures;
}

export interface InlineFigures {
  /** The most rows of a batch that is computed there; 0: workers compute all. */
  readonly rows: number;
  /** Why workers compute all of its batches, where that does not change by itself. */
  readonly reason?: string;
}

/** How a request that names no version is given one. Without weights the highest version answers all of them. */
export interface Routing {
  readonly weights?: Readonly<Record<string, number>>;
  /** The shadow version: it answers only requests that name it. */
  readonly shadow?: string;
  /** Versions by the names that stand for them. */
  readonly aliases?: Readonly<Record<string, string>>;
}
