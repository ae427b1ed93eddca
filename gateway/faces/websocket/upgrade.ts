/** Decides whether an HTTP request may become a WebSocket. Pure: from the request's headers to a decision. */
import type { IncomingHttpHeaders } from "node:http";
import { type Authentication, isTemporary } from "../../auth/authenticator.js";
import { refusalWords, temporaryRefusalWords } from "../../auth/authenticators.js";
import type { OriginRule } from "../../auth/origin-rule.js";
import type { Principal } from "../../auth/principal.js";
import type { ConnectionRefusal } from "./connection-refusal.js";

export interface UpgradeRules {
  readonly origins: Pick<OriginRule, "problem">;
}

/**
 * Upgrades are accepted in the phase `serving` only: before it the models are loaded, after it clients are asked to
 * disconnect.
 */
export type ServerPhase = "starting" | "serving" | "draining";

/** An upgrade that is well-formed, before its credentials were verified. */
export interface UpgradeClaim {
  readonly kind: "claim";
  readonly token: string | undefined;
  /** Whether there is an Authorization header. Without a token, that holds something else. */
  readonly hasHeader: boolean;
}

export interface UpgradeRefusal {
  readonly kind: "refused";
  readonly status: 401 | 403 | 404 | 429 | 503;
  readonly message: string;
}

export type UpgradeDecision =
  | { readonly kind: "welcome"; readonly principal: Principal | undefined }
  | UpgradeRefusal;

/**
 * Decides what needs no credentials, and reads them: only from the header, because a query string ends up in the logs
 * of proxies.
 */
export function examine(
  url: string,
  headers: IncomingHttpHeaders,
  { origins }: UpgradeRules,
  phase: ServerPhase,
): UpgradeClaim | UpgradeRefusal {
  if (url.split("?")[0] !== "/v1") return refused(404, "the WebSocket is at /v1");
  // Otherwise any web page in the user's browser could send requests to a gateway on the loopback address.
  const problem = origins.problem(headers);
  if (problem !== undefined) return refused(403, problem);
  if (phase !== "serving") return refused(503, phase);
  const { authorization } = headers;
  return { kind: "claim", token: bearer(authorization), hasHeader: authorization !== undefined };
}

/**
 * Decides by who the client is. Without a token and a certificate that says who it is, it may still bring a token in its
 * `hello`; a certificate that is not accepted is refused at once.
 */
export function decide(
  { token, hasHeader }: UpgradeClaim,
  authentication: Authentication,
  refusalOf: (principal: Principal | undefined) => ConnectionRefusal | undefined,
): UpgradeDecision {
  const principal = authentication.kind === "accepted" ? authentication.principal : undefined;
  if (authentication.kind === "refused" && isTemporary(authentication))
    return refused(503, `the token ${temporaryRefusalWords}`);
  const isRefused = token !== undefined || isOfCertificate(authentication);
  if (principal === undefined && isRefused) return refused(401, `the token is ${refusalWords}`);
  if (principal === undefined && hasHeader) return refused(401, "Authorization must be: Bearer <token>");
  const refusal = refusalOf(principal);
  return refusal === undefined ? { kind: "welcome", principal } : refused(refusal.status, refusal.message);
}

function isOfCertificate(authentication: Authentication): boolean {
  return authentication.kind === "refused" && authentication.reason === "certificate";
}

function bearer(authorization: string | undefined): string | undefined {
  return authorization?.match(/^Bearer +(\S+)$/i)?.[1];
}

function refused(status: UpgradeRefusal["status"], message: string): UpgradeRefusal {
  return { kind: "refused", status, message };
}
