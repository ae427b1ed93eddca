/** Why a small file cannot be read. */

/** What is at fault with a small file, for callers that count or explain the faults separately. */
export type SmallFileFault = "missing" | "not_plain" | "too_large" | "growing" | "timeout" | "unreadable";

/** A small file that cannot be read. The message says what is wrong without the path, which the caller names. */
export class SmallFileError extends Error {
  override readonly name = "SmallFileError";

  constructor(
    readonly fault: SmallFileFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
