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

it("an unknown kid is looked for at most once in a cool-down, however many tokens come with one", async () => {
  const bench = await JwtBench.of([old], { unknown_key_cooldown_ms: 5_000 });
  const outcomes = [];
  for (let i = 0; i < 100; i++) {
    outcomes.push(bench.outcome(await rotated.token({}, { kid: `key-${i + 3}` })));
    await bench.clock.advance(300);
  }
  await bench.clock.advance(5_000);
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["unknown_key"]));
  // One at the start, one at once, and one at the end of each of the six cool-downs that tokens fell into.
  expect(bench.server.asked).toHaveLength(8);
});

it("a client whose issuer has just changed its key is accepted after the cool-down that a stranger began", async () => {
  const bench = await JwtBench.of([old], { unknown_key_cooldown_ms: 5_000 });
  expect(await bench.outcome(await old.token({}, { kid: "strange" }))).toBe("unknown_key");
  bench.publish(rotated);
  const outcome = bench.outcome(await rotated.token());
  await bench.clock.advance(4_999);
  expect(bench.server.asked).toHaveLength(2);
  await bench.clock.advance(1);
  expect(await outcome).toBe("accepted");
  expect(bench.server.asked).toHaveLength(3);
});

it("a token that waits for the end of a cool-down is refused at once when the gateway stops", async () => {
  const bench = await JwtBench.of([old]);
  await bench.outcome(await old.token({}, { kid: "strange" }));
  const outcome = bench.outcome(await rotated.token());
  await bench.clock.settle();
  bench.authenticator.close();
  expect(await outcome).toBe("unknown_key");
  expect(bench.clock.armed).toBe(0);
  expect(bench.server.asked).toHaveLength(2);
});

it("while no set is there, tokens are refused without waiting, and cause no more reads than the cool-down allows", async () => {
  const bench = new JwtBench([{ issuer: name, refresh_ms: minute }]);
  await bench.authenticator.start();
  for (let i = 0; i < 10; i++) expect(await bench.outcome(await old.token())).toBe("issuer_unavailable");
  expect(bench.server.asked).toHaveLength(2);
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
  // Nobody knows whether the issuer has this key.
  expect(await outcome).toBe("issuer_unavailable");
});

it("an expired token, one for another service and one of a forbidden algorithm cause no request", async () => {
  const bench = await JwtBench.of([old]);
  await bench.outcome(await rotated.token({ exp: 1 }));
  await bench.outcome(await rotated.token({ aud: "billing" }));
  await bench.outcome(await rotated.token({}, { typ: "dpop+jwt" }));
  expect(bench.server.asked).toHaveLength(1);
});
