/** Several issuers: each has its own keys, and none speaks for another (CVE-2026-49998). */
import { beforeAll, expect, it } from "vitest";
import { JwtBench } from "../../support/authenticating.js";
import { signingKey, TestIssuer } from "../../support/issuer.js";

const a = "https://a.example";
const b = "https://b.example";
let issuerA: TestIssuer;
let issuerB: TestIssuer;

beforeAll(async () => {
  issuerA = await TestIssuer.create(a, "same", "ES256", 0);
  issuerB = await TestIssuer.create(b, "same", "ES256", 1);
});

it("two issuers whose keys have the same kid are told apart, whichever came first", async () => {
  for (const order of [
    [issuerA, issuerB],
    [issuerB, issuerA],
  ]) {
    const bench = await JwtBench.of(order);
    for (const issuer of order) expect(await bench.outcome(await issuer.token())).toBe("accepted");
  }
});

it("a token that one issuer signed in another's name is refused, before and after that one's own was accepted", async () => {
  const bench = await JwtBench.of([issuerA, issuerB]);
  const forged = await issuerA.token({ iss: b });
  expect(await bench.outcome(forged)).toBe("signature");
  expect(await bench.outcome(await issuerA.token())).toBe("accepted");
  expect(await bench.outcome(await issuerB.token())).toBe("accepted");
  expect(await bench.outcome(forged)).toBe("signature");
  expect(await bench.outcome(await issuerB.token({ iss: a }))).toBe("signature");
});

it("a new key of one issuer is asked of that issuer only, and does not verify the other's tokens", async () => {
  const bench = await JwtBench.of([issuerA, issuerB]);
  const rotated = await TestIssuer.create(a, "new", "ES256", 2);
  bench.publish(rotated);
  bench.server.asked.length = 0;
  expect(await bench.outcome(await rotated.token())).toBe("accepted");
  expect(bench.server.asked).toEqual([`${a}/jwks.json`]);
  expect(await bench.outcome(await rotated.token({ iss: b }))).toBe("unknown_key");
  expect(bench.server.asked).toEqual([`${a}/jwks.json`, `${b}/jwks.json`]);
});

it("an issuer without keys takes nothing from another issuer", async () => {
  const bench = new JwtBench([{ issuer: a }, { issuer: b }]);
  bench.publish(issuerA);
  await bench.authenticator.start();
  expect(await bench.outcome(await issuerA.token())).toBe("accepted");
  expect(await bench.outcome(await issuerA.token({ iss: b }))).toBe("issuer_unavailable");
  expect(await bench.outcome(await issuerB.token())).toBe("issuer_unavailable");
});

it("keys without names are tried one after another, also for a token that names none", async () => {
  const keys = await Promise.all([0, 1, 2].map((which) => signingKey(undefined, "ES256", which)));
  const unnamed = new TestIssuer(a, keys);
  const bench = await JwtBench.of([unnamed]);
  for (const key of keys) expect(await bench.outcome(await unnamed.token({}, {}, key))).toBe("accepted");
  const stranger = await signingKey(undefined, "ES256", 3);
  expect(await bench.outcome(await unnamed.token({}, {}, stranger))).toBe("signature");
  expect(await bench.outcome(await unnamed.token({}, { kid: "named" }))).toBe("unknown_key");
});

it("each issuer has its own audience, algorithms and tolerance", async () => {
  const bench = new JwtBench([
    { issuer: a, audience: ["headgate", "gate"] },
    { issuer: b, audience: "gate", algorithms: ["RS256"] },
  ]);
  for (const issuer of [issuerA, issuerB]) bench.publish(issuer);
  await bench.authenticator.start();
  expect(await bench.outcome(await issuerA.token({ aud: "gate" }))).toBe("accepted");
  expect(await bench.outcome(await issuerB.token({ aud: "gate" }))).toBe("algorithm");
  expect(await bench.outcome(await issuerA.token({ aud: "other" }))).toBe("wrong_audience");
});
