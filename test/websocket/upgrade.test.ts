import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Keys } from "../../gateway/auth/keys.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { judge, type ServerStatus } from "../../gateway/faces/websocket/upgrade.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const keyed = new Keys(parseConfig({ auth: { keys: [{ sha256, tenant: "desk" }] } }));
const open = new Keys(parseConfig({}));

function verdict(
  headers: Record<string, string>,
  {
    url = "/v1",
    keys = open,
    moment = {},
  }: { url?: string; keys?: Keys; moment?: Partial<ServerStatus> } = {},
) {
  const rules = { keys, allowedOrigins: new Set(["https://desk.example"]) };
  const now = { hasRoom: () => true, phase: "serving", wall: 0 } as const;
  return judge(url, headers, rules, { ...now, ...moment });
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
    expect(verdict({}, { moment: { phase } })).toMatchObject({ status: 503 });
  });

  it("is refused with 503 when the gateway is full", () => {
    expect(verdict({}, { moment: { hasRoom: () => false } })).toMatchObject({ status: 503 });
  });

  it("without a token is not refused when the tenants' places are taken: its tenant may have fewer", () => {
    const moment: Partial<ServerStatus> = { hasRoom: (principal) => principal === undefined };
    expect(verdict({}, { keys: keyed, moment })).toMatchObject({ kind: "welcome" });
    expect(verdict({ authorization: "Bearer good" }, { keys: keyed, moment })).toMatchObject({ status: 503 });
  });

  it("without a token is refused with 503 when those without one are too many, and with one is welcome", () => {
    const moment: Partial<ServerStatus> = { hasRoom: (principal) => principal !== undefined };
    expect(verdict({}, { keys: keyed, moment })).toMatchObject({ status: 503 });
    expect(verdict({ authorization: "Bearer good" }, { keys: keyed, moment })).toMatchObject({
      kind: "welcome",
    });
    expect(verdict({}, { moment })).toMatchObject({ kind: "welcome" });
  });

  it("with a good token stands for its tenant", () => {
    for (const authorization of ["Bearer good", "bearer  good"])
      expect(verdict({ authorization }, { keys: keyed })).toMatchObject({ principal: { tenant: "desk" } });
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
