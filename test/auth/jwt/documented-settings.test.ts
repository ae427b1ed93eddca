/** The examples of issuers in the documentation are settings that the gateway takes. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseConfig } from "../../../gateway/config/parse.js";

const page = readFileSync(new URL("../../../docs/authentication.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)]
  .map(([, json = ""]) => JSON.parse(json) as { readonly auth?: unknown; readonly issuer?: string })
  .filter(({ auth, issuer }) => issuer !== undefined || JSON.stringify(auth ?? {}).includes('"issuers"'));

it("docs/authentication.md has an example of each kind", () => {
  expect(examples.length).toBeGreaterThanOrEqual(4);
});

it.each(examples.map((example) => [example.issuer ?? "a whole config", example]))("%s", (_, example) => {
  const config = parseConfig(example.issuer === undefined ? example : { auth: { issuers: [example] } });
  expect(config.auth.issuers).toHaveLength(1);
});
