/** A verified token is not verified again, refused ones are not remembered, and few signatures are verified at a time. */
import { beforeAll, expect, it } from "vitest";
import { VerificationQueue } from "../../../gateway/auth/jwt/verification-queue.js";
import { JwtBench } from "../../support/authenticating.js";
import { joined, TestIssuer, validClaims } from "../../support/issuer.js";

const name = "https://idp.example";
let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await TestIssuer.create(name);
});

/** Whether the token's answer comes without a promise, which means without a verification. */
const remembers = (bench: JwtBench, token: string) =>
  !(bench.authenticator.authenticate({ token }) instanceof Promise);

it("a verified token is accepted at once until it expires, and not afterwards", async () => {
  const bench = await JwtBench.of([issuer], { refresh_ms: 60_000 });
  const token = await issuer.token();
  expect(await bench.outcome(token)).toBe("accepted");
  expect(remembers(bench, token)).toBe(true);
  await bench.clock.advance(3_609_999);
  expect(remembers(bench, token)).toBe(true);
  expect(await bench.outcome(token)).toBe("accepted");
  await bench.clock.advance(1);
  expect(await bench.outcome(token)).toBe("expired");
});

it("the tokens that were used last are remembered, up to the limit", async () => {
  const bench = await JwtBench.of([issuer], {}, 2);
  const [a = "", b = "", c = ""] = await Promise.all(["a", "b", "c"].map((sub) => issuer.token({ sub })));
  await bench.outcome(a);
  await bench.outcome(b);
  expect(remembers(bench, a)).toBe(true);
  await bench.outcome(c);
  expect([a, b, c].map((token) => remembers(bench, token))).toEqual([true, false, true]);
});

it("refused tokens push no accepted one out", async () => {
  const bench = await JwtBench.of([issuer], {}, 1);
  const token = await issuer.token();
  await bench.outcome(token);
  const header = JSON.stringify({ alg: "ES256", kid: "key-1" });
  for (let i = 0; i < 20; i++) {
    const forged = joined(header, JSON.stringify({ ...validClaims(name), jti: i }), "A".repeat(86));
    expect(await bench.outcome(forged)).toBe("signature");
  }
  expect(remembers(bench, token)).toBe(true);
});

it("the same token at the same time is verified once", async () => {
  const bench = await JwtBench.of([issuer]);
  const token = await issuer.token();
  const first = bench.authenticator.authenticate({ token });
  expect(bench.authenticator.authenticate({ token })).toBe(first);
  expect(await first).toMatchObject({ kind: "accepted" });
});

it("no more than two verifications run at a time, in the order of arrival, and a failed one makes room too", async () => {
  const queue = new VerificationQueue();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 6 }, (_, i) =>
    queue.run(async () => {
      begun.push(i);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (i % 2 === 0) throw new Error(`${i}`);
      return i;
    }),
  );
  const settled = Promise.allSettled(all);
  for (let i = 0; i < 6; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toHaveLength(Math.min(6, i + 2));
    ends[i]?.();
  }
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  expect((await settled).map(({ status }) => status)).toEqual([
    ...["rejected", "fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
  ]);
  expect(queue.length).toBe(0);
  expect(await queue.run(async () => "free")).toBe("free");
});
