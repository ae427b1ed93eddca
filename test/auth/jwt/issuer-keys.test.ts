/** An issuer's key set over time: refreshed, kept while the issuer is away, and never read too often. */
import { beforeAll, describe, expect, it } from "vitest";
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

const long = (issuer: TestIssuer, header = {}) => issuer.token({ exp: 2_000_000_000 }, header);

describe("refreshing", () => {
  it("a rotated key is known after a refresh, and the old one, no longer published, is refused although it was accepted before", async () => {
    const bench = await JwtBench.of([old], { refresh_ms: minute });
    const token = await long(old);
    expect(await bench.outcome(token)).toBe("accepted");
    bench.publish(rotated);
    expect(await bench.outcome(token)).toBe("accepted");
    await bench.clock.advance(minute);
    expect(bench.server.asked).toHaveLength(2);
    expect(await bench.outcome(token)).toBe("unknown_key");
    expect(await bench.outcome(await long(rotated))).toBe("accepted");
  });

  it("an unchanged set is not parsed again, and tokens verified with it stay verified", async () => {
    const bench = await JwtBench.of([old], { refresh_ms: minute });
    const token = await long(old);
    await bench.outcome(token);
    await bench.clock.advance(10 * minute);
    expect(bench.outcomes).toEqual([`${name} updated`, ...Array(10).fill(`${name} unchanged`)]);
    // An answer without a promise is one that needed no verification.
    expect(bench.authenticator.authenticate({ token })).toMatchObject({ kind: "accepted" });
  });

  it("nothing runs after the end", async () => {
    const bench = await JwtBench.of([old]);
    bench.authenticator.close();
    expect(bench.clock.armed).toBe(0);
  });

  it("the end does not wait for an issuer that does not answer, and blames nobody", async () => {
    const bench = new JwtBench([{ issuer: name }]);
    bench.server.answer(uri, silence);
    const started = bench.authenticator.start();
    bench.authenticator.close();
    await started;
    expect(bench.clock.armed).toBe(0);
    expect(bench.lines).toEqual([]);
  });
});

describe("an issuer that is away", () => {
  it("its last keys hold for stale_max_ms and no longer", async () => {
    const bench = await JwtBench.of([old], { refresh_ms: minute, stale_max_ms: 60 * minute });
    const token = await long(old);
    bench.server.vanish(uri);
    await bench.clock.advance(60 * minute);
    expect(await bench.outcome(token)).toBe("accepted");
    await bench.clock.advance(1);
    expect(await bench.outcome(token)).toBe("issuer_unavailable");
    expect(await bench.outcome(await long(old, { typ: "at+jwt" }))).toBe("issuer_unavailable");
  });

  it("what it answers instead of a key set changes nothing", async () => {
    const bench = await JwtBench.of([old], { refresh_ms: minute });
    const answers: [string, () => Response][] = [
      ["status", () => new Response("no", { status: 503 })],
      ["status", () => new Response(rotated.keySet, { status: 404 })],
      ["redirect", () => Response.redirect("https://evil.example/jwks.json", 302)],
      ["invalid", () => new Response(old.keySet.slice(0, -9))],
      ["invalid", () => new Response("<html>")],
      ["invalid", () => new Response("")],
      ["too_large", () => new Response(" ".repeat(256 * 1_024) + rotated.keySet)],
    ];
    for (const [outcome, answer] of answers) {
      bench.outcomes.length = 0;
      bench.server.answer(uri, answer);
      await bench.clock.advance(minute);
      expect(new Set(bench.outcomes)).toEqual(new Set([`${name} ${outcome}`]));
      expect(await bench.outcome(await long(old))).toBe("accepted");
      expect(await bench.outcome(await long(rotated))).toBe("issuer_unavailable");
    }
    expect(new Set(bench.server.asked)).toEqual(new Set([uri]));
  });

  it("is asked again soon, then less and less often, and is known again at once when it is back", async () => {
    const bench = await JwtBench.of([old], { refresh_ms: minute });
    bench.server.vanish(uri);
    await bench.clock.advance(minute);
    const asked: number[] = [];
    for (let second = 0; second < 200; second++) {
      const before = bench.server.asked.length;
      await bench.clock.advance(1_000);
      if (bench.server.asked.length > before) asked.push(second + 1);
    }
    expect(asked).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    bench.publish(rotated);
    await bench.clock.advance(minute);
    expect(await bench.outcome(await long(rotated))).toBe("accepted");
  });

  it("at the start does not stop the gateway: its tokens are refused until it is there", async () => {
    const bench = new JwtBench([{ issuer: name }]);
    await bench.authenticator.start();
    expect(await bench.outcome(await old.token())).toBe("issuer_unavailable");
    bench.publish(old);
    await bench.clock.advance(2_000);
    expect(await bench.outcome(await old.token())).toBe("accepted");
  });

  it("that never answers is given up after five seconds", async () => {
    const bench = new JwtBench([{ issuer: name }]);
    bench.server.answer(uri, silence);
    let started = false;
    void bench.authenticator.start().then(() => {
      started = true;
    });
    await bench.clock.advance(4_999);
    expect(started).toBe(false);
    await bench.clock.advance(1);
    expect(started).toBe(true);
    expect(bench.outcomes).toEqual([`${name} timeout`]);
  });

  it("is told in the log once when it goes, once when its tokens are refused, and once when it is back", async () => {
    const bench = await JwtBench.of([old], { refresh_ms: minute, stale_max_ms: 30 * minute });
    bench.server.vanish(uri);
    await bench.clock.advance(60 * minute);
    bench.publish(old);
    await bench.clock.advance(minute);
    expect(bench.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info the issuer's key set was read",
      "warn the issuer's key set could not be read; the last one remains in force",
      "error the issuer's key set cannot be read and it is older than 1800000 ms: its tokens are refused",
      "info the issuer's key set can be read again",
    ]);
    expect(bench.lines[1]?.fields).toMatchObject({ issuer: name, outcome: "unreachable" });
    expect(bench.lines[1]?.fields["reason"]).toContain("ECONNREFUSED");
  });
});
