/** All messages between the main thread and a worker. */
import type { ErrorCode, Processed } from "../../protocol/errors.js";
import type { ExecutionRequest, ExecutionResult } from "../engine.js";

/** What a worker is started with. */
export interface WorkerSetup {
  /** The lane's name. */
  readonly lane: string;
  /** The URL of the module that makes its host. */
  readonly host: string;
  /** What the host is made with: its own module knows the type. */
  readonly settings: unknown;
  /** Milliseconds for which it looks for more work before it sleeps. */
  readonly busyPollMs: number;
  /** One Int32: the id of the job that should stop. Looked at by fits at each iteration. */
  readonly abortFlag: SharedArrayBuffer;
  /** The thread runs at a low priority: the operating system gives it time that others leave. */
  readonly background: boolean;
}

/** @typeParam Source what the lane's host opens a version from */
export type WorkerRequest<Source> =
  | { readonly kind: "load"; readonly key: string; readonly source: Source }
  | { readonly kind: "unload"; readonly key: string }
  /** Ends the thread once the job in hand is done. */
  | { readonly kind: "exit" }
  | RunRequest;

export interface RunRequest extends ExecutionRequest {
  readonly kind: "run";
  readonly job: number;
}

export interface WorkerFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly processed: Processed;
}

/** @typeParam Report what opening a version shows */
export type WorkerReply<Report> =
  | { readonly kind: "ready" }
  | { readonly kind: "loaded"; readonly key: string; readonly report: Report }
  | { readonly kind: "refused"; readonly key: string; readonly failure: WorkerFailure }
  | { readonly kind: "done"; readonly job: number; readonly done: ExecutionResult }
  | { readonly kind: "failed"; readonly job: number; readonly failure: WorkerFailure }
  | { readonly kind: "learned"; readonly settings: unknown }
  | { readonly kind: "fallback"; readonly message: string };
