/** Every authenticator keeps the promises of the port. */
import { createHash } from "node:crypto";
import { ApiKeys } from "../../gateway/auth/api-keys.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { authenticatorConformance } from "../conformance/authenticator.js";
import { JwtBench } from "../support/authenticating.js";
import { FakeClock } from "../support/clock.js";
import { TestIssuer } from "../support/issuer.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");

authenticatorConformance("API keys of the configuration", async () => {
  const keys = [
    { sha256: sha256("desk-token-of-the-test"), tenant: "desk" },
    { sha256: sha256("expired-token-of-the-test"), tenant: "desk", expires_at: "2001-01-01T00:00:00Z" },
  ];
  return {
    authenticator: new ApiKeys(parseConfig({ auth: { keys } }).auth.keys, () => 1, new FakeClock()),
    accepted: { token: "desk-token-of-the-test" },
    refused: [{ token: "expired-token-of-the-test" }, { token: "desk-token-of-the-tesT" }],
  };
});

authenticatorConformance("JSON Web Tokens", async () => {
  const issuer = await TestIssuer.create("https://idp.example");
  const { authenticator } = await JwtBench.of([issuer]);
  const stranger = await TestIssuer.create("https://idp.example", "key-1", "ES256", 1);
  return {
    authenticator,
    accepted: { token: await issuer.token() },
    refused: await Promise.all(
      [
        issuer.token({ exp: 1 }),
        issuer.token({ aud: "another-service-than-this" }),
        issuer.token({ iss: "https://somebody-else.example" }),
        issuer.token({ hg: { tenant: "a tenant of two words" } }),
        stranger.token(),
      ].map(async (token) => ({ token: await token })),
    ),
  };
});
