/** What the page makes of the client's reports, and what it says about them. */
import { describe, expect, it } from "vitest";
import {
  afterEvent,
  type ConnectionState,
  connectionText,
  type TokenHistory,
} from "../../page/connection/connection-state.js";
import { HeadgateError } from "../../protocol/errors.js";

const url = "ws://gateway/v1";
const lost = { kind: "disconnected", url, code: 1006, reason: "" } as const;
const connected: ConnectionState = { kind: "connected", connection: "c1" };
const refused = {
  kind: "failed",
  error: new HeadgateError("unauthenticated", "the token is unknown"),
} as const;

describe("a gateway that is away", () => {
  it("has been away since the first failure, however often the page tries", () => {
    let state = afterEvent(connected, lost, 1_000, "none");
    state = afterEvent(state, { kind: "reconnecting", inMs: 500, attempt: 0 }, 1_000, "none");
    state = afterEvent(state, lost, 9_000, "none");
    state = afterEvent(state, { kind: "reconnecting", inMs: 3_000, attempt: 1 }, 10_000, "none");
    expect(state).toMatchObject({ kind: "away", since: 1_000, attemptAt: 13_000 });
    expect(connectionText(state, 13_000 - 2_500)).toBe("gateway away for 10 s, next attempt in 3 s");
    expect(connectionText(state, 13_500)).toBe("gateway away for 13 s, trying");
    expect(connectionText(state, 601_000)).toBe("gateway away for 10 min, trying");
    expect(connectionText(state, 7_201_000)).toBe("gateway away for 2 h, trying");
  });

  it("says why: in the gateway's words, or with the close code", () => {
    const why = (reason: string) => afterEvent(connected, { ...lost, reason }, 0, "none");
    expect(why("draining")).toMatchObject({ cause: "draining" });
    expect(why("")).toMatchObject({ cause: "the connection was closed with 1006" });
  });

  it("is back with the next connection", () => {
    const away = afterEvent(connected, lost, 0, "none");
    const back = afterEvent(away, { kind: "connected", url, connection: "c2" }, 5, "none");
    expect(back).toEqual({ kind: "connected", connection: "c2" });
    expect(connectionText(back, 5)).toBe("connected");
  });
});

describe("a token", () => {
  it.each<[TokenHistory, string]>([
    ["none", "token needed"],
    ["given", "token refused"],
    ["accepted", "token expired"],
  ])("that the page has %s: %s", (history, text) => {
    expect(connectionText(afterEvent(connected, refused, 0, history), 0)).toBe(text);
  });

  it("is not what other final refusals are about", () => {
    const error = new HeadgateError("permission_denied", "this Origin is not allowed");
    const state = afterEvent({ kind: "connecting" }, { kind: "failed", error }, 0, "given");
    expect(state).toEqual({ kind: "failed", problem: "this Origin is not allowed" });
  });
});

it("reports that change nothing leave the same state", () => {
  expect(afterEvent(connected, { kind: "draining", deadlineMs: 5 }, 0, "none")).toBe(connected);
});
