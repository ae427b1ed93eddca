/** Explains why ONNX Runtime could not run a model that it opened. Pure. */

/** ONNX Runtime's words when one buffer is larger than the process may allocate. */
const allocation = /Failed to allocate memory for requested buffer of size (\d+)/;

/** The error with what to do, where it is one that is known. */
export function runningFailure(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const bytes = allocation.exec(reason)?.[1];
  if (bytes !== undefined)
    return new Error(
      `${path}: one of its nodes would allocate ${bytes} bytes at once, more than its proof may take: set max_batch_size lower, or raise repository.proof_memory_bytes if you trust the model`,
    );
  return cause instanceof Error ? cause : new Error(reason);
}
