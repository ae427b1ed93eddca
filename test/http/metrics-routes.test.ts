import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import { metricsRoutes } from "../../gateway/faces/http/metrics-routes.js";
import { FakeClock } from "../support/clock.js";
import { anybody } from "../support/requests.js";

/** Whoever reaches the gateway may use it. */
const open = {
  open: true,
  authenticate: () => ({ kind: "accepted", principal: anybody }) as const,
};

/** Routes for which generating the metrics takes 5 ms, and the number of times they were generated. */
function costly() {
  const clock = new FakeClock();
  let made = 0;
  const scrape = async () => {
    clock.jump(5);
    return { contentType: "text/plain", body: `exposition ${++made}` };
  };
  const routes = metricsRoutes(scrape, undefined, clock, open);
  const ask = async () => (await routes.request("/metrics")).text();
  return { clock, ask, made: () => made };
}

it("expositions take a tenth of the thread, however many ask: those who wait get the next", async () => {
  const { clock, ask, made } = costly();
  expect(await ask()).toBe("exposition 1");
  const waiting = Array.from({ length: 1_000 }, ask);
  await clock.advance(44);
  expect(made()).toBe(1);
  await clock.advance(1);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(["exposition 2"]));
});

it("after a pause nobody waits, and what is told was made after it was asked for", async () => {
  const { clock, ask } = costly();
  expect(await ask()).toBe("exposition 1");
  clock.jump(15_000);
  expect(await ask()).toBe("exposition 2");
});

it("an exposition that fails holds nobody up", async () => {
  const clock = new FakeClock();
  let tries = 0;
  const scrape = async () => {
    if (++tries === 1) throw new Error("no figures yet");
    return { contentType: "text/plain", body: "there" };
  };
  const routes = metricsRoutes(scrape, undefined, clock, open);
  routes.onError((_error, context) => context.text("failed", 500));
  expect((await routes.request("/metrics")).status).toBe(500);
  clock.jump(1);
  expect((await routes.request("/metrics")).status).toBe(200);
});

it("where credentials are needed, a scraper's token or the scope metrics:read lets one read", async () => {
  const readers: Record<string, Principal> = {
    all: anybody,
    reader: { ...anybody, scopes: new Set(["metrics:read"]) },
    desk: { ...anybody, scopes: new Set(["models:infer"]) },
  };
  const authenticate = ({ token = "" }: { token?: string | undefined }) => {
    const principal = readers[token];
    return principal === undefined
      ? ({ kind: "refused", reason: "unknown" } as const)
      : ({ kind: "accepted", principal } as const);
  };
  const scrape = async () => ({ contentType: "text/plain", body: "figures" });
  const sha256 = createHash("sha256").update("scraper").digest("hex");
  const routes = metricsRoutes(scrape, sha256, new FakeClock(), { open: false, authenticate });
  const status = async (authorization?: string) =>
    (await routes.request("/metrics", { headers: authorization ? { authorization } : {} })).status;
  expect(await status("Bearer scraper")).toBe(200);
  expect(await status("Bearer reader")).toBe(200);
  expect(await status("Bearer all")).toBe(200);
  expect(await status("Bearer desk")).toBe(403);
  expect(await status("Bearer other")).toBe(401);
  expect(await status("Basic reader")).toBe(401);
  expect(await status()).toBe(401);
});
