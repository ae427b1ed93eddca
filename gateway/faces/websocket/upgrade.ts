/** Decides whether an HTTP request may become a WebSocket. Pure: from the request's headers to a decision. */
import type { IncomingHttpHeaders } from "node:http";
import type { Keys, Principal } from "../../auth/keys.js";

export interface UpgradeRules {
  readonly keys: Keys;
  readonly allowedOrigins: ReadonlySet<string>;
}

/**
 * Upgrades are accepted in the phase `serving` only: before it the models are loaded, after it clients are asked to
 * disconnect.
 */
export type ServerPhase = "starting" | "serving" | "draining";

export interface ServerStatus {
  /** Whether there is room for one more connection of this tenant, or for one without a token. */
  readonly hasRoom: (principal: Principal | undefined) => boolean;
  readonly phase: ServerPhase;
  readonly wall: number;
}

export type UpgradeDecision =
  | { readonly kind: "welcome"; readonly principal: Principal | undefined }
  | { readonly kind: "refused"; readonly status: 401 | 403 | 404 | 503; readonly message: string };

export function judge(
  url: string,
  headers: IncomingHttpHeaders,
  rules: UpgradeRules,
  moment: ServerStatus,
): UpgradeDecision {
  if (url.split("?")[0] !== "/v1") return refused(404, "the WebSocket is at /v1");
  // Otherwise any web page in the user's browser could send requests to a gateway on the loopback address.
  if (headers.origin !== undefined && !rules.allowedOrigins.has(headers.origin))
    return refused(403, "this Origin is not in auth.allowed_origins");
  if (moment.phase !== "serving") return refused(503, moment.phase);
  const { authorization } = headers;
  const token = bearer(authorization);
  const principal = rules.keys.principal(token, moment.wall);
  if (principal === undefined && token !== undefined) return refused(401, "the token is unknown or expired");
  if (principal === undefined && authorization !== undefined)
    return refused(401, "Authorization must be: Bearer <token>");
  if (moment.hasRoom(principal)) return { kind: "welcome", principal };
  return refused(503, principal ? "too many connections" : "too many connections without a token");
}

function bearer(authorization: string | undefined): string | undefined {
  return authorization?.match(/^Bearer +(\S+)$/i)?.[1];
}

function refused(status: 401 | 403 | 404 | 503, message: string): UpgradeDecision {
  return { kind: "refused", status, message };
}
