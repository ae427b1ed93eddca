/** The kinds of reasons why a version could not be proven. */
export type FailureKind =
  /** The version was tried and is invalid; the reason says why. */
  | "refused"
  | "time"
  | "memory"
  /** Native code ended the process. */
  | "crash"
  /** The caller cancelled the proof. */
  | "cancelled";

export class ProofFailure extends Error {
  override readonly name = "ProofFailure";

  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
  }
}
