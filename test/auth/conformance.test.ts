/** Every authenticator keeps the promises of the port. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { ApiKeys } from "../../gateway/auth/api-keys.js";
import { keyUseFile } from "../../gateway/auth/key-uses.js";
import { KeysFileAuthenticator } from "../../gateway/auth/keys-file-authenticator.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { authenticatorConformance } from "../conformance/authenticator.js";
import { JwtBench } from "../support/authenticating.js";
import { FakeClock } from "../support/clock.js";
import { TestIssuer } from "../support/issuer.js";
import { keptLog } from "../support/kept-log.js";
import { keysFileOf, newFolder, newKey } from "../support/keys.js";

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

authenticatorConformance("API keys of a file", async () => {
  const good = newKey();
  const expired = newKey({ expires_at: "2023-01-01T00:00:00Z" });
  const revoked = newKey();
  const records = [good.record, expired.record, { ...revoked.record, revoked_at: "2023-01-01T00:00:00Z" }];
  const authenticator = new KeysFileAuthenticator({
    path: keysFileOf(records),
    usesPath: join(newFolder(), keyUseFile),
    weightOf: () => 1,
    clock: new FakeClock(),
    log: keptLog([]),
    reloaded: () => {},
    warningDays: 7,
  });
  await authenticator.start();
  const refused = [expired, revoked, newKey()].map(({ token }) => ({ token }));
  return { authenticator, accepted: { token: good.token }, refused };
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
