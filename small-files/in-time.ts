/** Waits a limited time for a file system, which may be a network's that does not answer. */
import { SmallFileError } from "./small-file-error.js";

const waitMs = 5_000;

/**
 * The paths of operations that nobody waits for any more and that have not ended. Such an operation keeps one of the
 * process's four threads for files, so a second one is not begun on its path: otherwise four looks at a file that does
 * not answer would stop all reading and writing.
 */
const unanswered = new Set<string>();

/**
 * What the operation on a path settles with, unless five seconds pass or the signal is aborted first.
 * @throws SmallFileError when the time has passed, or the signal's reason
 */
export async function inTime<T>(path: string, begin: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  if (unanswered.has(path)) throw tooSlow();
  let isSettled = false;
  const operation = begin().finally(() => {
    isSettled = true;
    unanswered.delete(path);
  });
  let stopWaiting = () => {};
  const end = new Promise<never>((_, reject) => {
    const abort = () => reject(signal?.reason);
    const timer = setTimeout(() => reject(tooSlow()), waitMs);
    signal?.addEventListener("abort", abort);
    stopWaiting = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  });
  try {
    return await Promise.race([operation, end]);
  } finally {
    stopWaiting();
    if (!isSettled) unanswered.add(path);
  }
}

function tooSlow(): SmallFileError {
  return new SmallFileError(
    "timeout",
    `was not read within ${waitMs / 1_000} s: its file system does not answer`,
  );
}
