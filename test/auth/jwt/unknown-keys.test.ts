/** Tokens whose key is not in the issuer's set, which anybody can send: they cause few requests to the issuer. */
import { beforeAll, expect, it } from "vitest";
import { Settlement } from "../../../gateway/waiting/settlement.js";
import { JwtBench, keySetUri } from "../../support/authenticating.js";
import { TestIssuer } from "../../support/issuer.js";
import { silence } from "../../support/key-set-server.js";

const name = "https://idp.example";
const uri = keySetUri(name);
const minute = 60_000;
let old: TestIssuer;
let rotated: TestIssuer;

beforeAll(async () => {
  old = await TestIssuer.create(name, "key-1", "ES256", 0);
  rotated = await TestIssuer.create(name, "key-2", "ES256", 1);
});

it("an unknown kid is looked for once, and then not before the cool-down is over", async () => {
  const bench = await JwtBench.of([old], { unknown_key_cooldown_ms: 30_000 });
  bench.publish(rotated);
  expect(await bench.outcome(await rotated.token())).toBe("accepted");
  expect(bench.server.asked).toHaveLength(2);
  for (let i = 0; i < 100; i++) {
    await bench.clock.advance(290);
    expect(await bench.outcome(await rotated.token({}, { kid: `key-${i + 3}` }))).toBe("unknown_key");
  }
  expect(bench.server.asked).toHaveLength(2);
  await bench.clock.advance(1_000);
  await bench.outcome(await rotated.token({}, { kid: "another" }));
  expect(bench.server.asked).toHaveLength(3);
});

it("an unknown kid of each of a thousand tokens at once is looked for once, and each token has its answer", async () => {
  const bench = await JwtBench.of([old]);
  const answer = new Settlement<Response>();
  bench.server.answer(uri, () => answer.answer);
  const token = await rotated.token();
  const [header, ...rest] = token.split(".");
  const strangers = Array.from({ length: 1_000 }, (_, i) => {
    const { alg } = JSON.parse(Buffer.from(header ?? "", "base64url").toString()) as { alg: string };
    const named = Buffer.from(JSON.stringify({ alg, kid: `k${i}` })).toString("base64url");
    return bench.outcome([named, ...rest].join("."));
  });
  const good = bench.outcome(token);
  await bench.clock.settle();
  expect(bench.server.asked).toHaveLength(2);
  answer.resolve(new Response(rotated.keySet));
  expect(await good).toBe("accepted");
  expect(new Set(await Promise.all(strangers))).toEqual(new Set(["unknown_key"]));
  expect(bench.server.asked).toHaveLength(2);
});

it("an unknown kid joins a refresh that is under way", async () => {
  const bench = await JwtBench.of([old], { refresh_ms: minute });
  bench.server.answer(uri, silence);
  await bench.clock.advance(minute);
  const outcome = bench.outcome(await rotated.token());
  await bench.clock.settle();
  expect(bench.server.asked).toHaveLength(2);
  await bench.clock.advance(5_000);
  expect(await outcome).toBe("unknown_key");
});

it("an expired token, one for another service and one of a forbidden algorithm cause no request", async () => {
  const bench = await JwtBench.of([old]);
  await bench.outcome(await rotated.token({ exp: 1 }));
  await bench.outcome(await rotated.token({ aud: "billing" }));
  await bench.outcome(await rotated.token({}, { typ: "dpop+jwt" }));
  expect(bench.server.asked).toHaveLength(1);
});
