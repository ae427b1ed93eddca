/** The reason why a token is refused. Its texts are for the log, so they never contain a part of the token. */
import type { RefusalReason } from "../authenticator.js";

export class TokenRefusal extends Error {
  override readonly name = "TokenRefusal";

  /** @param detail what was expected, in the words of the configuration, and never what the token holds */
  constructor(
    readonly reason: RefusalReason,
    readonly detail: string,
  ) {
    super(detail);
  }
}
