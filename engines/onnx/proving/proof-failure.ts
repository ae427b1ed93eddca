/** Why a version could not be proven. */
export type FailureKind =
  /** It was tried, and is wrong: the reason says how. */
  | "refused"
  | "time"
  | "memory"
  /** Its native code ended the process. */
  | "crash"
  /** Nobody wants to know any more. */
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
