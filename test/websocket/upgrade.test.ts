import { describe, expect, it } from "vitest";
import type { Authentication } from "../../gateway/auth/authenticator.js";
import { OriginRule } from "../../gateway/auth/origin-rule.js";
import { anonymous } from "../../gateway/auth/principal.js";
import { noPlace, overQuota } from "../../gateway/faces/websocket/connection-refusal.js";
import { decide, examine, type ServerPhase } from "../../gateway/faces/websocket/upgrade.js";
import { anybody } from "../support/requests.js";

type Rule = (token: string | undefined) => Authentication;
type RefusalOf = Parameters<typeof decide>[2];

const full = noPlace("too many connections");

const keyed: Rule = (token) =>
  token === "good" ? { kind: "accepted", principal: anybody } : { kind: "refused", reason: "unknown" };
const open: Rule = () => ({ kind: "accepted", principal: anonymous(1) });

interface Circumstances {
  readonly url?: string;
  readonly keys?: Rule;
  readonly phase?: ServerPhase;
  readonly refusalOf?: RefusalOf;
}

function verdict(
  headers: Record<string, string>,
  { url = "/v1", keys = open, phase = "serving", refusalOf = () => undefined }: Circumstances = {},
) {
  const origins = new OriginRule({
    bound: "127.0.0.1",
    allowedOrigins: ["https://desk.example"],
    allowedHosts: [],
  });
  const rules = { origins };
  const claim = examine(url, headers, rules, phase);
  return claim.kind === "refused" ? claim : decide(claim, keys(claim.token), refusalOf);
}

describe("an upgrade", () => {
  it("is welcome at /v1, whatever its query", () => {
    expect(verdict({})).toMatchObject({ kind: "welcome", principal: { tenant: "default" } });
    expect(verdict({}, { url: "/v1?client=a" })).toMatchObject({ kind: "welcome" });
  });

  it.each(["/", "/v2", "/v1/", "/v11", "//v1"])("is refused with 404 at %s", (url) => {
    expect(verdict({}, { url })).toMatchObject({ status: 404 });
  });

  it("is refused with 403 from an Origin that is not allowed", () => {
    expect(verdict({ origin: "https://desk.example" })).toMatchObject({ kind: "welcome" });
    for (const origin of [
      "https://evil.example",
      "https://desk.example.evil",
      "null",
      "http://desk.example",
      "",
    ])
      expect(verdict({ origin })).toMatchObject({ status: 403 });
  });

  it.each(["starting", "draining"] as const)("is refused with 503 while %s", (phase) => {
    expect(verdict({}, { phase })).toMatchObject({ status: 503 });
  });

  it("is refused with 503 when the gateway is full", () => {
    expect(verdict({}, { refusalOf: () => full })).toMatchObject({ status: 503 });
  });

  it("is refused with 429 when a quota is used up", () => {
    const refusalOf = () => overQuota("quota connections: close one");
    expect(verdict({}, { refusalOf })).toEqual({
      kind: "refused",
      status: 429,
      message: "quota connections: close one",
    });
  });

  it("without a token is not refused when the tenants' places are taken: its tenant may have fewer", () => {
    const refusalOf: RefusalOf = (principal) => (principal === undefined ? undefined : full);
    expect(verdict({}, { keys: keyed, refusalOf })).toMatchObject({ kind: "welcome" });
    expect(verdict({ authorization: "Bearer good" }, { keys: keyed, refusalOf })).toMatchObject({
      status: 503,
    });
  });

  it("without a token is refused with 503 when those without one are too many, and with one is welcome", () => {
    const refusalOf: RefusalOf = (principal) => (principal === undefined ? full : undefined);
    expect(verdict({}, { keys: keyed, refusalOf })).toMatchObject({ status: 503 });
    expect(verdict({ authorization: "Bearer good" }, { keys: keyed, refusalOf })).toMatchObject({
      kind: "welcome",
    });
    expect(verdict({}, { refusalOf })).toMatchObject({ kind: "welcome" });
  });

  it("with a good token stands for its tenant", () => {
    for (const authorization of ["Bearer good", "bearer  good"])
      expect(verdict({ authorization }, { keys: keyed })).toMatchObject({ principal: { tenant: "desk" } });
  });

  it("with a token that cannot be checked now is refused with 503, because the client must not give up", () => {
    const away: Rule = () => ({ kind: "refused", reason: "issuer_unavailable" });
    const refusal = verdict({ authorization: "Bearer a.b.c" }, { keys: away });
    expect(refusal).toEqual({
      kind: "refused",
      status: 503,
      message: "the token cannot be checked now; come back later",
    });
  });

  it("with a wrong token is refused with 401, without one it is hello's turn", () => {
    expect(verdict({ authorization: "Bearer bad" }, { keys: keyed })).toMatchObject({ status: 401 });
    expect(verdict({}, { keys: keyed })).toEqual({ kind: "welcome", principal: undefined });
  });

  it.each(["Basic Z29vZA==", "good", "Bearer", "Bearer ", "Bearer two words", ""])(
    "with the Authorization %j is refused with 401 where keys are configured",
    (authorization) => {
      expect(verdict({ authorization }, { keys: keyed })).toMatchObject({ status: 401 });
      expect(verdict({ authorization })).toMatchObject({ kind: "welcome" });
    },
  );

  it("with any token is welcome where none is needed", () => {
    expect(verdict({ authorization: "Bearer anything" })).toMatchObject({ principal: { tenant: "default" } });
  });
});
