/**
 * Several requests on one connection, of which the later ones wait for their turn to be answered: what they hold is
 * given back when the client leaves, and when the gateway ends the connection.
 */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { expect, it, onTestFinished } from "vitest";
import { BodyPlaces } from "../../gateway/faces/http/body-places.js";
import { unlessGone } from "../../gateway/faces/http/client-departure.js";
import { exchangeOf } from "../../gateway/faces/http/exchange.js";
import { holdUntilSent } from "../../gateway/faces/http/sent-body.js";
import { FakeClock } from "../support/clock.js";
import { startGateway } from "../support/gateway.js";
import { get, serveHttp } from "../support/http-server.js";
import { RawPeer } from "../support/raw-peer.js";
import { slowModel, slowParameters, slowSamples } from "../support/slow-fit.js";
import { until } from "../support/until.js";

const requests = 4;

/** Answers to `/computing` never come; `/held` is answered, behind whatever was asked before it. */
async function served() {
  const clock = new FakeClock();
  const places = new BodyPlaces(100_000);
  const tenant = places.of("desk");
  let computing = 0;
  const routes = new Hono();
  routes.get("/computing", async (context) => {
    computing++;
    let left = (): void => {};
    const answer = new Promise<void>((resolve) => {
      left = resolve;
    });
    await unlessGone(exchangeOf(context), answer, () => {
      computing--;
      left();
    });
    return context.text("late");
  });
  routes.get("/held", (context) => {
    holdUntilSent(exchangeOf(context).outgoing, 100, tenant.take(100), clock);
    return context.text("held");
  });
  const port = await serveHttp(routes);
  return { port, clock, places, computing: () => computing };
}

it("every request whose client has left is cancelled, not only the one whose turn it is", async () => {
  const { port, computing } = await served();
  const peer = await RawPeer.open(port, get("/computing").repeat(requests));
  await until(async () => expect(computing()).toBe(requests));
  peer.reset();
  await until(async () => expect(computing()).toBe(0));
});

it("the memory of answers that wait for their turn is given back when the client leaves", async () => {
  const { port, clock, places } = await served();
  const peer = await RawPeer.open(port, get("/computing") + get("/held").repeat(requests));
  await until(async () => expect(places.bytes).toBe(100 * requests));
  peer.reset();
  await until(async () => expect([places.bytes, clock.armed]).toEqual([0, 0]));
});

it("an answer that waits longer for its turn than its sending may take ends the connection", async () => {
  const { port, clock, places } = await served();
  const peer = await RawPeer.open(port, get("/computing") + get("/held"));
  await until(async () => expect(places.bytes).toBe(100));
  await clock.advance(15_001);
  await peer.end;
  await until(async () => expect([places.bytes, clock.armed]).toEqual([0, 0]));
});

it("answers of requests behind each other are sent in their order, and the connection is used again", async () => {
  const { port, places } = await served();
  const peer = await RawPeer.open(port, get("/held").repeat(16));
  await until(async () => expect(peer.text.match(/held/g)).toHaveLength(16));
  peer.write(get("/held").repeat(16));
  await until(async () => expect(peer.text.match(/held/g)).toHaveLength(32));
  await until(async () => expect(places.bytes).toBe(0));
  peer.destroy();
});

const sha256 = createHash("sha256").update("good").digest("hex");

/** A gateway, and what its one tenant uses of a quota. */
async function gatewayOf(quota: string) {
  const gateway = await startGateway({
    auth: { keys: [{ sha256, tenant: "desk" }] },
    quotas: { connections: 100 },
  });
  onTestFinished(() => gateway.stop());
  const headers = { authorization: "Bearer good" };
  const used = async () => {
    const text = await (await fetch(`${gateway.http}/metrics`, { headers })).text();
    return text
      .split("\n")
      .find((line) => line.startsWith(`headgate_quota_used{tenant="desk",quota="${quota}"}`));
  };
  return { gateway, used };
}

it("event streams behind each other give their subscriptions back when the client leaves", async () => {
  const { gateway, used } = await gatewayOf("subscriptions");
  const ask = get("/v1/events?topic=regime.*", "Authorization: Bearer good\r\n");
  const peer = await RawPeer.open(gateway.port, ask.repeat(requests));
  await until(async () => expect(await used()).toMatch(new RegExp(` ${requests}$`)));
  peer.reset();
  await until(async () => expect(await used()).toMatch(/ 0$/));
});

it.each([slowModel, slowModel.replace("_", "%5F")])(
  "fits behind each other end when the client leaves, asked at %s",
  async (model) => {
    const { gateway, used } = await gatewayOf("fits");
    const { shape, data } = slowSamples();
    const body = JSON.stringify({
      inputs: [{ name: "X", datatype: "FP64", shape, data: [...(data as Float64Array)] }],
      parameters: slowParameters,
    });
    const ask = `POST /v2/models/${model}/infer HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer good\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const peer = await RawPeer.open(gateway.port, ask.repeat(requests));
    await until(async () => expect(await used()).toMatch(new RegExp(` ${requests}$`)));
    peer.reset();
    await until(async () => expect(await used()).toMatch(/ 0$/));
  },
);
