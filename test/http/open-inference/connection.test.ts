/** What is about the connection: silence while an answer is computed, bodies that do not come, clients that go away. */
import { Hono } from "hono";
import { describe, expect, it, onTestFinished } from "vitest";
import { BodyPlaces } from "../../../gateway/faces/http/body-places.js";
import { whileComputing } from "../../../gateway/faces/http/computing-answer.js";
import { exchangeOf } from "../../../gateway/faces/http/exchange.js";
import { readBody } from "../../../gateway/faces/http/request-body.js";
import { holdUntilSent } from "../../../gateway/faces/http/sent-body.js";
import { FakeClock } from "../../support/clock.js";
import { startGateway } from "../../support/gateway.js";
import { get, serveHttp } from "../../support/http-server.js";
import { RawPeer } from "../../support/raw-peer.js";
import { slowModel, slowParameters, slowSamples } from "../../support/slow-fit.js";
import { until } from "../../support/until.js";

/** A server of these routes that ends connections after 100 ms of silence, and requests that take 300 ms to come. */
const serve = (routes: Hono) => serveHttp(routes, { idleMs: 100, requestMs: 300 });

describe("a silent connection", () => {
  it("is left alone while an answer is computed, and only then", async () => {
    const finish: (() => void)[] = [];
    const answer = () => new Promise<void>((resolve) => finish.push(resolve));
    const routes = new Hono();
    routes.get("/computed", async (context) => {
      await whileComputing(exchangeOf(context).incoming, answer());
      return context.text("done");
    });
    routes.get("/other", async (context) => {
      await answer();
      return context.text("done");
    });
    const port = await serve(routes);
    // Two requests at once on one connection: the first that is answered does not take the other's time.
    const computed = await RawPeer.open(port, get("/computed") + get("/computed"));
    await until(async () => expect(finish).toHaveLength(2));
    const other = await RawPeer.open(port, get("/other"));
    await other.end; // after the limit of silence
    expect(other.text).toBe("");
    finish[0]?.();
    await until(async () => expect(computed.text.match(/done/g)).toHaveLength(1));
    const late = await RawPeer.open(port, get("/other"));
    await late.end;
    finish[1]?.();
    await until(async () => expect(computed.text.match(/done/g)).toHaveLength(2));
    await computed.end; // the limit holds again
  });
});

describe("the memory of bodies", () => {
  const bodyRoutes = (places: BodyPlaces) => {
    const routes = new Hono();
    routes.post("/body", async (context) => {
      const { place } = await readBody(context.req.raw, 10_000, places.of("desk"));
      place.leave();
      return context.text("done");
    });
    routes.onError((_, context) => context.text("refused", 400));
    return routes;
  };
  const head = "POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{";

  it("is given back when a client goes away before its body has come", async () => {
    const places = new BodyPlaces(10_000);
    const port = await serve(bodyRoutes(places));
    const peer = await RawPeer.open(port, head);
    await until(async () => expect(places.bytes).toBe(5_000));
    peer.destroy();
    await until(async () => expect(places.bytes).toBe(0));
  });

  it("is given back when a body comes too slowly, and the connection ends", async () => {
    const places = new BodyPlaces(10_000);
    const port = await serve(bodyRoutes(places));
    const peer = await RawPeer.open(port, head);
    await until(async () => expect(places.bytes).toBe(5_000));
    // A byte every 20 ms: the connection is never silent.
    const drip = setInterval(() => peer.write(" "), 20);
    onTestFinished(() => clearInterval(drip));
    await peer.end;
    await until(async () => expect(places.bytes).toBe(0));
  });

  it("counts an answer until it is read, or its client has gone", async () => {
    const places = new BodyPlaces(100_000_000);
    const routes = new Hono();
    const body = new Uint8Array(50_000_000); // more than the kernel's buffers take
    routes.get("/large", (context) => {
      const place = places.of("desk").take(body.length);
      holdUntilSent(exchangeOf(context).outgoing, body.length, place, new FakeClock());
      return context.body(body);
    });
    const port = await serve(routes);
    const peer = await RawPeer.open(port);
    peer.socket.pause();
    peer.write(get("/large"));
    await until(async () => expect(places.bytes).toBe(body.length));
    await until(async () => expect(places.bytes).toBe(0)); // it is not read: the silence ends it
    const reader = await fetch(`http://127.0.0.1:${port}/large`);
    expect((await reader.arrayBuffer()).byteLength).toBe(body.length);
    await until(async () => expect(places.bytes).toBe(0));
  });
});

it("a client that closes its connection stops its fit: the one worker is free for the next", async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  const { shape, data } = slowSamples();
  const inputs = [{ name: "X", datatype: "FP64", shape, data: Array.from(data as Float64Array) }];
  const gone = new AbortController();
  const infer = (model: string, parameters: object, signal?: AbortSignal) =>
    fetch(`${gateway.http}/v2/models/${model}/infer`, {
      method: "POST",
      body: JSON.stringify({ inputs, parameters }),
      ...(signal && { signal }),
    });
  await infer(slowModel, { n_components: 2, n_iter: 1 }); // its metrics exist from now on
  const fits = [1, 2].map(() => infer(slowModel, { ...slowParameters, timeout: 60_000_000 }, gone.signal));
  const waiting = async () => {
    const text = await (await fetch(`${gateway.http}/metrics`)).text();
    return Number(
      /^headgate_inference_pending_request_count\{model="gaussian_hmm".*\} (\d+)$/m.exec(text)?.[1],
    );
  };
  await until(async () => expect(await waiting()).toBe(1)); // the other one runs
  gone.abort();
  for (const fit of fits) await expect(fit).rejects.toThrow();
  const next = await infer("pca", { n_components: 1 });
  expect(next.status).toBe(200);
});
