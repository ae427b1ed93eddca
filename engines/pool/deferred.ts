/** A promise's resolve and reject functions, kept until a worker replies. */
import { HeadgateError } from "../../protocol/errors.js";
import type { WorkerFailure } from "./messages.js";

export interface Deferred<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: HeadgateError) => void;
}

export function errorOf({ code, message, processed }: WorkerFailure): HeadgateError {
  return new HeadgateError(code, message, { processed });
}
