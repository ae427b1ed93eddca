/** The state of the page's connection, from what the client reports; and what the page says about it. Pure. */
import type { GateEvent } from "../../client/typescript/options.js";

export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected"; readonly connection: string }
  | {
      readonly kind: "away";
      readonly since: number;
      readonly cause: string;
      readonly attemptAt: number | undefined;
    }
  /** The gateway wants a token, and has none from this page that it accepts. */
  | { readonly kind: "token"; readonly why: TokenReason }
  /** No further attempt is made. */
  | { readonly kind: "failed"; readonly problem: string };

export type TokenReason = "needed" | "refused" | "expired";

/**
 * @param now milliseconds of this machine's clock
 * @param token whether the page gave a token, and whether the gateway accepted it before
 */
export function afterEvent(
  state: ConnectionState,
  event: GateEvent,
  now: number,
  token: TokenHistory,
): ConnectionState {
  switch (event.kind) {
    case "connected":
      return { kind: "connected", connection: event.connection };
    case "disconnected":
      return {
        kind: "away",
        since: state.kind === "away" ? state.since : now,
        cause: event.reason || `the connection was closed with ${event.code}`,
        attemptAt: undefined,
      };
    case "reconnecting":
      return state.kind === "away" ? { ...state, attemptAt: now + event.inMs } : state;
    case "failed":
      if (event.error.code !== "unauthenticated") return { kind: "failed", problem: event.error.message };
      return { kind: "token", why: refusalOf[token] };
    default:
      return state;
  }
}

/** What became of the page's token so far. */
export type TokenHistory = "none" | "given" | "accepted";

/** A token that was accepted before has expired, or was revoked. */
const refusalOf: Readonly<Record<TokenHistory, TokenReason>> = {
  none: "needed",
  given: "refused",
  accepted: "expired",
};

/** In a few words, for the header. */
export function connectionText(state: ConnectionState, now: number): string {
  switch (state.kind) {
    case "connecting":
      return "connecting";
    case "connected":
      return "connected";
    case "away": {
      const away = `gateway away for ${seconds(now - state.since)}`;
      if (state.attemptAt === undefined || state.attemptAt <= now) return `${away}, trying`;
      return `${away}, next attempt in ${seconds(state.attemptAt - now)}`;
    }
    case "token":
      return state.why === "needed" ? "token needed" : `token ${state.why}`;
    case "failed":
      return "not connected";
  }
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.ceil(ms / 1_000));
  if (whole < 120) return `${whole} s`;
  return whole < 7_200 ? `${Math.floor(whole / 60)} min` : `${Math.floor(whole / 3_600)} h`;
}
