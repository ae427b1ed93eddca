/** The port of everything that recognises credentials: API keys, JSON Web Tokens, client certificates. */
import type { Principal } from "./principal.js";

/** What a client shows. */
export interface Credentials {
  /** The Bearer token; absent when the client brought none. */
  readonly token?: string | undefined;
  readonly certificate?: ClientCertificate | undefined;
}

export interface ClientCertificate {
  /** Such as `DNS:agent-1.desk` and `URI:spiffe://desk/agent`. */
  readonly subjectAltNames: readonly string[];
  /** The end of the certificate's validity, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Why TLS does not trust the certificate, as OpenSSL names it; undefined when an authority of ours signed it. */
  readonly fault: string | undefined;
}

/** Why credentials were refused: for the log and the metrics. A client is told the same in every case. */
export type RefusalReason =
  | "missing"
  | "malformed"
  | "too_large"
  | "unknown"
  | "expired"
  | "revoked"
  | "not_yet_valid"
  | "wrong_audience"
  | "unknown_issuer"
  | "unknown_key"
  | "algorithm"
  | "signature"
  | "claims"
  | "issuer_unavailable"
  | "certificate";

export interface Refusal {
  readonly kind: "refused";
  readonly reason: RefusalReason;
  /** For the log only: it never holds the token or a part of it. */
  readonly detail?: string;
}

/**
 * Whether the credentials may be good, but could not be checked: the issuer's keys are not there. Who is told that their
 * token is wrong stops; who is told this tries again.
 */
export function isTemporary({ reason }: Refusal): boolean {
  return reason === "issuer_unavailable";
}

export type Authentication = { readonly kind: "accepted"; readonly principal: Principal } | Refusal;

export interface Authenticator {
  /** The kind of credentials, for the log and the metrics: `key`, `jwt` or `certificate`. */
  readonly method: string;
  /**
   * Never rejects: what cannot be decided is refused. An answer without a promise is the rule; a promise is for what
   * must be computed or fetched first, and settles within a limited time.
   */
  authenticate(credentials: Credentials): Authentication | Promise<Authentication>;
  /**
   * The principal as it stands now: the same one, another one when its grants or expiry changed, undefined when its
   * credential was revoked. Where it is absent, principals do not change.
   */
  review?(principal: Principal): Principal | undefined;
  /** Grows with each change after which the principals of open connections must be reviewed. */
  readonly generation?: number;
  /** @param principals gives those of the open connections: their credentials count as in use */
  watchUse?(principals: () => Iterable<Principal>): void;
  /** Reads what it needs to decide, before the gateway takes connections; settles within a limited time. */
  start?(): Promise<void>;
  close?(): void | Promise<void>;
}

/** The refusal of a credential that is not of an authenticator's kind; then the next one is asked. */
export const unknownCredential: Refusal = { kind: "refused", reason: "unknown" };
