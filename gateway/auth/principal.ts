/** Whom a connection or an HTTP request acts for, and what that may do. */
import { allScopes, type Scope } from "./scopes.js";

export interface Principal {
  readonly tenant: string;
  /** Streams, topics and idempotency keys are shared within a namespace and invisible outside it. */
  readonly namespace: string;
  readonly weight: number;
  /** Milliseconds since the epoch; Infinity for a credential that does not expire. */
  readonly expiresAt: number;
  /** The credential in the log, such as `key:3f9a`, `jwt:<issuer>#<subject>` or `anonymous`; never a secret. */
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  /**
   * Patterns of the topics whose streams may be read and written: a topic, or a beginning of topics followed by `*`,
   * such as `regime.desk-a/*`. `*` alone stands for all.
   */
  readonly topics: readonly string[];
}

export const everyTopic: readonly string[] = ["*"];

/** The principal of a gateway that asks for no credentials: it may do everything. */
export function anonymous(weight: number): Principal {
  return {
    tenant: "default",
    namespace: "default",
    weight,
    expiresAt: Infinity,
    subject: "anonymous",
    scopes: allScopes,
    topics: everyTopic,
  };
}

/** What a key or a certificate grants, as the config and the keys file name it. */
export interface CredentialGrants {
  readonly tenant: string;
  readonly namespace: string;
  readonly scopes: readonly Scope[];
  readonly topics: readonly string[];
  /** ISO 8601; absent for a credential that does not expire. */
  readonly expires_at?: string | undefined;
}

/** @param subject the credential in the log */
export function grantedPrincipal(
  { tenant, namespace, scopes, topics, expires_at }: CredentialGrants,
  subject: string,
  weightOf: (tenant: string) => number,
): Principal {
  return {
    tenant,
    namespace,
    weight: weightOf(tenant),
    expiresAt: expires_at === undefined ? Infinity : Date.parse(expires_at),
    subject,
    scopes: new Set(scopes),
    topics,
  };
}
