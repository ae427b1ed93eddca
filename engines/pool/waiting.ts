/** Who waits for what a worker will tell. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Failure } from "./messages.js";

export interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: HeadgateError) => void;
}

export function errorOf({ code, message, processed }: Failure): HeadgateError {
  return new HeadgateError(code, message, { processed });
}
