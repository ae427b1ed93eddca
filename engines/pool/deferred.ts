/** Who waits for what a worker will tell. */
import { HeadgateError } from "../../protocol/errors.js";
import type { WorkerFailure } from "./messages.js";

export interface Deferred<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: HeadgateError) => void;
}

export function errorOf({ code, message, processed }: WorkerFailure): HeadgateError {
  return new HeadgateError(code, message, { processed });
}
