/** What became of reading an issuer's key set, and the error when it cannot be used. */

/** What became of one attempt to read a key set; the label of a metric. */
export type KeySetOutcome =
  | "updated"
  | "unchanged"
  | "timeout"
  | "unreachable"
  | "status"
  | "redirect"
  | "too_large"
  | "unreadable"
  | "invalid";

export class KeySetError extends Error {
  override readonly name = "KeySetError";

  constructor(
    readonly outcome: Exclude<KeySetOutcome, "updated" | "unchanged">,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
