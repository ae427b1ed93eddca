/** A token that follows another: of the same holder, or of somebody who must not see what the page shows. */
import { expect, test } from "vitest";
import { haveSameHolder } from "../../page/connection/token-holder.js";

const jwt = (claims: unknown) =>
  ["{}", JSON.stringify(claims), "signature"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");

const desk = { iss: "https://issuer.example", sub: "ann?>", tenant: "desk", scope: "streams:read" };

test.each([
  ["the same key", "key", "key", true],
  ["another key", "key", "other", false],
  ["a JWT that was renewed", jwt({ ...desk, exp: 1, jti: "a" }), jwt({ jti: "b", ...desk, exp: 2 }), true],
  ["another subject", jwt(desk), jwt({ ...desk, sub: "bob" }), false],
  ["another tenant", jwt(desk), jwt({ ...desk, tenant: "other" }), false],
  ["fewer rights", jwt(desk), jwt({ ...desk, scope: "" }), false],
  ["no subject", jwt({ exp: 1 }), jwt({ exp: 2 }), false],
  ["what only looks like JWTs", "a.b.c", "a.d.c", false],
  ["claims that are no object", jwt(null), jwt(7), false],
])("%s", (_, former, next, isSame) => {
  expect(haveSameHolder(former, next)).toBe(isSame);
});
