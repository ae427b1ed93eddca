/** The tool that waits for a stream's next event: nothing is missed, its number is limited, and it ends. */
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import { StreamPlaces } from "../../gateway/faces/websocket/stream-places.js";
import { keysForEachScope, type McpFace, mcpFace, revisions } from "../support/mcp.js";

const tool = "wait_for_regime_change";

async function stand(overrides: Record<string, unknown> = {}): Promise<McpFace> {
  const face = mcpFace(overrides);
  await face.openStream("SPX");
  return face;
}

/** Lets the calls that were begun come to their wait. */
async function underWay(face: McpFace, turns = 5): Promise<void> {
  for (let i = 0; i < turns; i++) await face.clock.settle();
}

const found = async (call: ReturnType<McpFace["beginCall"]>) => (await call).result.structuredContent;

describe.each(revisions)("a call that waits, of a client of %s", (revision) => {
  it("is answered by the next event", async () => {
    const face = await stand();
    const call = face.beginCall(tool, { stream: "SPX" }, { revision });
    await underWay(face);
    await face.log("SPX", "turbulent");
    expect(await found(call)).toMatchObject({
      ended: "events",
      events: [{ data: { kind: "regime_change", to: "turbulent" } }],
      later: 0,
      lost: false,
    });
    expect(face.eventWaits.count).toBe(0);
  });

  it("reports progress, which grows, to a client that asked for it", async () => {
    const face = await stand();
    const call = face.beginCall(
      tool,
      { stream: "SPX", timeout_s: 21 },
      { revision, meta: { progressToken: "p" } },
    );
    await underWay(face);
    await face.clock.advance(21_000);
    const { notifications, result } = await call;
    expect(result.structuredContent).toMatchObject({ ended: "timeout", events: [] });
    const progress = notifications.map(({ params }) => params["progress"]);
    expect(progress).toEqual([5, 10, 15, 20, 21]);
    expect(notifications[0]).toMatchObject({
      method: "notifications/progress",
      params: { progressToken: "p", total: 21 },
    });
  });

  it("ends when the client leaves", async () => {
    const face = await stand();
    const leaving = new AbortController();
    void face.beginCall(tool, { stream: "SPX" }, { revision, signal: leaving.signal }).catch(() => undefined);
    await underWay(face);
    expect(face.eventWaits.count).toBe(1);
    leaving.abort();
    await underWay(face);
    expect(face.eventWaits.count).toBe(0);
  });
});

describe("a call that waits", () => {
  it("is answered at once where events came after its cursor", async () => {
    const face = await stand();
    const { result } = await face.call("get_regime", { stream: "SPX" });
    const { cursor } = result.structuredContent;
    await face.log("SPX", "a");
    await face.log("SPX", "b");
    const first = await found(face.call(tool, { stream: "SPX", cursor }));
    expect(first.events.map((event: { data: { to: string } }) => event.data.to)).toEqual(["a", "b"]);
    const second = face.beginCall(tool, { stream: "SPX", cursor: first.cursor });
    await underWay(face);
    expect(face.eventWaits.count).toBe(1);
    await face.log("SPX", "c");
    expect((await found(second)).events).toMatchObject([{ data: { to: "c" } }]);
  });

  it("is not answered by the events of other streams and other tenants", async () => {
    const face = await stand();
    const call = face.beginCall(tool, { stream: "SPX", timeout_s: 10 });
    await underWay(face);
    await face.log("NDX");
    await face.log("SPX", "calm", "other");
    await underWay(face);
    expect(face.eventWaits.count).toBe(1);
    await face.clock.advance(10_000);
    expect(await found(call)).toMatchObject({ ended: "timeout", events: [] });
  });

  it("holds no request of a gateway that drains: it is answered with its cursor", async () => {
    const face = await stand();
    const call = face.beginCall(tool, { stream: "SPX" });
    await underWay(face);
    face.house.requests.lifecycle.drain();
    face.eventWaits.drain();
    expect(await found(call)).toMatchObject({ ended: "draining", events: [] });
    const late = await face.call(tool, { stream: "SPX" });
    expect(late.status).toBe(503);
    expect(late.headers.get("retry-after")).toBe("1");
  });

  it("leaves no timer behind", async () => {
    const face = await stand();
    const armed = face.clock.armed;
    const call = face.beginCall(tool, { stream: "SPX" });
    await underWay(face);
    expect(face.clock.armed).toBe(armed + 1);
    await face.log("SPX");
    await call;
    expect(face.clock.armed).toBe(armed);
  });

  it("is one of a limited number", async () => {
    const face = await stand();
    const calls = Array.from({ length: 129 }, () => face.beginCall(tool, { stream: "SPX", timeout_s: 5 }));
    const all = Promise.all(calls);
    await underWay(face, 20);
    expect(face.eventWaits.count).toBe(128);
    await face.clock.advance(5_000);
    const texts = (await all).map(({ result }) => result.content[0].text as string);
    const refused = texts.filter((text) => text.startsWith("resource_exhausted"));
    expect(refused).toEqual([
      "resource_exhausted: 128 calls of this tenant wait for events already, which is the limit: read them with get_events instead. Try again after 10 s.",
    ]);
  });

  it("counts as a subscription of its tenant, as long as it waits", async () => {
    const keys = keysForEachScope();
    const face = mcpFace({ ...keys, quotas: { subscriptions: 1 } });
    await face.openStream("SPX");
    const options = { headers: { authorization: "Bearer everything" } };
    const first = face.beginCall(tool, { stream: "SPX", timeout_s: 5 }, options);
    await underWay(face);
    const second = await face.call(tool, { stream: "SPX", timeout_s: 5 }, options);
    expect(second.result.content[0].text).toContain("resource_exhausted");
    await face.clock.advance(5_000);
    expect((await first).result.isError).toBeUndefined();
    const third = face.beginCall(tool, { stream: "SPX", timeout_s: 5 }, options);
    await underWay(face);
    expect(face.eventWaits.count).toBe(1);
    await face.clock.advance(5_000);
    await third;
  });

  it("counts as a connection of its tenant, as long as it waits", async () => {
    const face = mcpFace({ ...keysForEachScope(), quotas: { connections: 1 } });
    await face.openStream("SPX");
    const options = { headers: { authorization: "Bearer everything" } };
    const first = face.beginCall(tool, { stream: "SPX", timeout_s: 5 }, options);
    await underWay(face);
    const { result } = await face.call(tool, { stream: "SPX", timeout_s: 5 }, options);
    expect(result.content[0].text).toContain("quotas.connections");
    expect(face.eventWaits.count).toBe(1);
    await face.clock.advance(5_000);
    await first;
    const third = face.beginCall(tool, { stream: "SPX", timeout_s: 5 }, options);
    await underWay(face);
    expect(face.eventWaits.count).toBe(1);
    await face.clock.advance(5_000);
    await third;
  });

  it("keeps the place of its connection, and is refused where its tenant has its share of these places", async () => {
    const places = new StreamPlaces<Socket>(4);
    let kept = 0;
    const keep = (socket: Socket, tenant: string) => {
      places.take(socket, tenant);
      kept++;
      return () => {
        places.leave(socket);
        kept--;
      };
    };
    const face = mcpFace({ ...keysForEachScope(), quotas: { subscriptions: 4 } }, undefined, keep);
    await face.openStream("SPX");
    await face.openStream("SPX", "other");
    const wait = (key: string) =>
      face.beginCall(tool, { stream: "SPX", timeout_s: 5 }, { headers: { authorization: `Bearer ${key}` } });
    const calls = [1, 2, 3].map(() => wait("everything"));
    await underWay(face);
    expect(kept).toBe(3);
    for (let i = 0; i < 3; i++)
      expect((await wait("everything")).result.content[0].text).toMatch(
        /^resource_exhausted: .*keep 3 connections of this tenant already, its share of the 4 that are half of limits\.http_connections: end some of them, .*Try again after 5 s\.$/,
      );
    calls.push(wait("elsewhere"));
    await underWay(face);
    expect(kept).toBe(4);
    expect((await wait("elsewhere")).result.content[0].text).toContain(
      "have half of limits.http_connections already",
    );
    await face.clock.advance(5_000);
    for (const { result } of await Promise.all(calls)) expect(result.isError).toBeUndefined();
    expect(kept).toBe(0);
    // The refused calls hold no subscription either.
    const again = [1, 2, 3].map(() => wait("everything"));
    await underWay(face);
    expect(face.eventWaits.count).toBe(3);
    await face.clock.advance(5_000);
    await Promise.all(again);
  });

  it("keeps no place of a connection that only computes", async () => {
    const keep = () => {
      throw new Error("kept");
    };
    const face = mcpFace({}, undefined, keep);
    const { result } = await face.call("infer", { model: "echo", inputs: { X: [[1]] } });
    expect(result.isError).toBeUndefined();
  });

  it.each([
    ["is revoked", () => undefined, "unauthenticated: the key was revoked"],
    [
      "no longer grants the topic",
      (principal: Principal) => ({ ...principal, topics: ["regime.NDX"] }),
      "permission_denied: the key no longer allows what is subscribed",
    ],
  ])("ends when its key %s", async (_, review, words) => {
    const face = await stand();
    const call = face.beginCall(tool, { stream: "SPX" });
    await underWay(face);
    const { authenticators } = face.house;
    Object.defineProperty(authenticators, "generation", { value: authenticators.generation + 1 });
    authenticators.review = review;
    await face.clock.advance(5_000);
    const { result } = await call;
    expect(result.isError).toBe(true);
    expect(result.content[0].text).toContain(words);
    expect(face.eventWaits.count).toBe(0);
  });

  it("shows nothing to a token that was revoked meanwhile", async () => {
    const face = await stand();
    face.house.authenticators.review = () => undefined;
    const call = face.beginCall(tool, { stream: "SPX" });
    await underWay(face);
    await face.log("SPX");
    const { result } = await call;
    expect(result.isError).toBe(true);
    expect(result.content[0].text).toContain("unauthenticated");
  });
});
