import { describe, expect, it } from "vitest";
import { requireScope, requireTopic } from "../../gateway/auth/authorization.js";
import { scopes } from "../../gateway/auth/scopes.js";

describe("a scope", () => {
  it.each(scopes)("%s is granted by itself and by no other", (scope) => {
    expect(() => requireScope({ scopes: new Set([scope]) }, scope)).not.toThrow();
    const others = new Set(scopes.filter((other) => other !== scope));
    expect(() => requireScope({ scopes: others }, scope)).toThrow(
      expect.objectContaining({ code: "permission_denied", message: expect.stringContaining(scope) }),
    );
  });
});

describe("a topic", () => {
  it.each([
    ["*", "regime.btc"],
    ["*", "regime.*"],
    ["regime.*", "regime.*"],
    ["regime.*", "regime.desk-a/btc"],
    ["regime.desk-a/*", "regime.desk-a/btc"],
    ["regime.btc", "regime.btc"],
  ])("the grant %s covers %s", (granted, topic) => {
    expect(() => requireTopic({ topics: [granted] }, topic)).not.toThrow();
    expect(() => requireTopic({ topics: ["regime.other", granted] }, topic)).not.toThrow();
  });

  it.each([
    ["regime.desk-a/*", "regime.*"],
    ["regime.desk-a/*", "regime.desk-b/btc"],
    ["regime.desk-a/*", "regime.desk-a"],
    ["regime.btc", "regime.btc2"],
    ["regime.btc", "regime.*"],
    ["regime.btc2", "regime.btc"],
  ])("the grant %s does not cover %s, and the error says what is granted", (granted, topic) => {
    expect(() => requireTopic({ topics: [granted] }, topic)).toThrow(
      expect.objectContaining({
        code: "permission_denied",
        message: `the token does not grant the topic ${topic}; it grants ${granted}`,
      }),
    );
  });

  it("nothing granted covers nothing", () => {
    expect(() => requireTopic({ topics: [] }, "regime.btc")).toThrow(/it grants none/);
  });
});
