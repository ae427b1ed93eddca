/** Clients that do not read what they asked for, over real sockets: what they hold is bounded, and is given back. */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { BodyPlaces } from "../../gateway/faces/http/body-places.js";
import { exchangeOf } from "../../gateway/faces/http/exchange.js";
import { holdUntilSent } from "../../gateway/faces/http/sent-body.js";
import { openHttpFace } from "../../gateway/wiring/http-routes.js";
import { FakeClock } from "../support/clock.js";
import { testHouse } from "../support/house.js";
import { get, serveHttp } from "../support/http-server.js";
import { RawPeer } from "../support/raw-peer.js";
import { change, publish } from "../support/regimes.js";
import { until } from "../support/until.js";

/** More than the kernel's buffers take. */
const size = 20_000_000;
/** 15 s, and what the bytes take at 256 of them in a millisecond. */
const allowedMs = 15_000 + size / 256;

async function largeAnswer() {
  const clock = new FakeClock();
  const places = new BodyPlaces(2 * size);
  const body = new Uint8Array(size);
  const routes = new Hono();
  routes.get("/large", (context) => {
    holdUntilSent(exchangeOf(context).outgoing, size, places.of("desk").take(size), clock);
    return context.body(body);
  });
  const port = await serveHttp(routes);
  const peer = await RawPeer.open(port);
  peer.socket.pause();
  peer.write(get("/large"));
  await until(async () => expect(places.bytes).toBe(size));
  return { clock, places, peer };
}

describe("an answer that is read slowly", () => {
  it("keeps its memory for the time of its size at the least rate, and then its connection ends", async () => {
    const { clock, places, peer } = await largeAnswer();
    await clock.advance(allowedMs - 1);
    expect([places.bytes, clock.armed]).toEqual([size, 1]);
    await clock.advance(1);
    await until(async () => expect(places.bytes).toBe(0));
    peer.socket.resume();
    await peer.end;
    expect(peer.text.length).toBeLessThan(size);
  });

  it("and read in time is whole, and its timer is gone", async () => {
    const { clock, places, peer } = await largeAnswer();
    let read = 0;
    peer.socket.removeAllListeners("data"); // which keeps all bytes in one growing buffer
    peer.socket.on("data", (chunk) => {
      read += chunk.length;
    });
    await clock.advance(allowedMs - 1);
    peer.socket.resume();
    await until(async () => expect(read).toBeGreaterThan(size));
    await until(async () => expect([places.bytes, clock.armed]).toEqual([0, 0]));
    peer.destroy();
  });
});

describe("a reader of events that does not read", () => {
  const sha256 = createHash("sha256").update("good").digest("hex");
  const bearer = "Authorization: Bearer good\r\n";

  async function face() {
    const test = testHouse({
      auth: { keys: [{ sha256, tenant: "desk" }] },
      limits: { outbox_bytes: 200_000 },
      quotas: { connections: 2, subscriptions: 2 },
    });
    const raise = (error: unknown) => {
      throw error;
    };
    const { routes, eventStreams } = openHttpFace(test.house, () => undefined, undefined, raise);
    const port = await serveHttp(routes);
    let sent = 0;
    const log = () =>
      publish(
        test,
        { namespace: "default", topic: "regime.SPX" },
        change("SPX", `${"x".repeat(50_000)}${++sent}`),
      );
    const open = async (headers = "") => {
      const peer = await RawPeer.open(port, get("/v1/events?topic=regime.SPX", `${bearer}${headers}`));
      await peer.until(() => peer.text.includes("event: snapshot") || undefined);
      return peer;
    };
    const held = () => {
      const account = test.house.quotas.of("desk");
      return [account.used("connections", 0), account.used("subscriptions", 0), test.house.hub.subscriptions];
    };
    return { eventStreams, log, open, held, sent: () => sent };
  }

  it("is cut off once so much waits for it, gives its places back, and another reads on meanwhile", async () => {
    const { eventStreams, log, open, held, sent } = await face();
    const written = vi.spyOn(console, "error");
    onTestFinished(() => written.mockRestore());
    const slow = await open();
    slow.socket.pause();
    const quick = await open();
    expect(held()).toEqual([2, 2, 2]);
    // The kernel takes some megabytes first; how many differs between machines.
    while (eventStreams.count === 2 && sent() < 2_000) {
      await log();
      const last = `xx${sent()}"`;
      await quick.until(() => quick.text.includes(last) || undefined);
    }
    expect(sent()).toBeLessThan(2_000);
    await until(async () => expect(held()).toEqual([1, 1, 1]));
    slow.socket.resume();
    await slow.end;
    expect(written).not.toHaveBeenCalled();
    quick.destroy();
    await until(async () => expect(held()).toEqual([0, 0, 0]));
  });
});
