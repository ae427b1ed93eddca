/** Checks at each tick whether the credential of a connection, or of a response that goes on, still carries it. */
import type { Authenticators } from "./authenticators.js";
import type { Principal } from "./principal.js";

export type TokenVerdict =
  /** The principal is another object than before when its grants or expiry changed. */
  | { readonly kind: "valid"; readonly principal: Principal }
  /** The reason is told to the client. */
  | {
      readonly kind: "over";
      readonly code: "unauthenticated" | "permission_denied";
      readonly reason: string;
    };

export class TokenReview {
  /** The authenticators' generation at the last review: between changes of the keys there is nothing to look up. */
  private generation = -1;

  constructor(
    private readonly authenticators: Pick<Authenticators, "generation" | "review">,
    private readonly graceMs: number,
  ) {}

  /** @param requireFeeds throws when a principal may not have what the connection is sent */
  of(principal: Principal, requireFeeds: (changed: Principal) => void, wallNow: number): TokenVerdict {
    const present = this.isDue() ? this.authenticators.review(principal) : principal;
    if (present === undefined)
      return over("unauthenticated", "the key was revoked; connect with another token");
    if (present !== principal && !allows(present, requireFeeds))
      return over(
        "permission_denied",
        "the key no longer allows what is subscribed or watched; connect again",
      );
    if (present.expiresAt + this.graceMs <= wallNow)
      return over("unauthenticated", "the token expired; connect with a fresh one");
    return { kind: "valid", principal: present };
  }

  private isDue(): boolean {
    const { generation } = this.authenticators;
    const isDue = generation !== this.generation;
    this.generation = generation;
    return isDue;
  }
}

function allows(principal: Principal, requireFeeds: (changed: Principal) => void): boolean {
  try {
    requireFeeds(principal);
    return true;
  } catch {
    return false;
  }
}

function over(code: "unauthenticated" | "permission_denied", reason: string): TokenVerdict {
  return { kind: "over", code, reason };
}
