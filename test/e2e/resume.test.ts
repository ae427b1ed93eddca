/** What outlives a connection: streams, subscriptions, requests; across restarts, addresses and slow readers. */
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Change,
  connect,
  type GateEvent,
  type TopicSnapshot,
  tensor,
} from "../../client/typescript/index.js";
import type { ClientFrame, EventFrame, GatewayFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FaultyNetwork } from "../support/faulty-network.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { days, watching } from "../support/market.js";
import { onnxFile } from "../support/onnx.js";
import { repositoryOf } from "../support/repository.js";
import { rowsOf } from "../support/servables.js";
import { BareSocket } from "../support/socket.js";

const backoff = { firstMs: 10, mostMs: 40 };
const drain = { deadline_ms: 2_000, retry_min_ms: 1, retry_max_ms: 40 };
const topic = "regime.SPX";
const X = tensor(new Float32Array(16), [1, 16]);

async function started(overrides: Record<string, unknown> = {}): Promise<TestGateway> {
  const gateway = await startGateway(overrides);
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** A port of this machine where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Hears the client's events; `until` settles once one fits. */
function listening() {
  const heard: GateEvent[] = [];
  const waiting = new Set<() => void>();
  const onEvent = (event: GateEvent) => {
    heard.push(event);
    for (const wake of waiting) wake();
  };
  const until = async (kind: GateEvent["kind"], count = 1) => {
    while (heard.filter((event) => event.kind === kind).length < count)
      await new Promise<void>((resolve) => waiting.add(resolve));
  };
  return { heard, onEvent, until };
}

function observeFrame(from: number, count: number, id: number): ClientFrame {
  const { ts, rows } = days(from, count);
  const values = toWire({ datatype: "FP64", shape: [count, 1], data: Float64Array.from(rows.flat()) });
  return { type: "observe", id, stream: "SPX", ts, values };
}

const events = (frames: readonly GatewayFrame[]) =>
  frames.filter((frame): frame is EventFrame => frame.type === "event");

describe("a gateway that is stopped and started again", () => {
  it("is found again: streams open, topics subscribed, a new epoch is told", async () => {
    const first = await startGateway({ drain });
    const { port, url } = first;
    const { heard, onEvent, until } = listening();
    const gate = await connect(url, { backoff, onEvent });
    onTestFinished(() => gate.close());
    const stream = await gate.openStream("SPX", watching);
    const snapshots: TopicSnapshot[] = [];
    const changes: Change[] = [];
    const subscription = gate.subscribe(topic, { onSnapshot: (each) => snapshots.push(each) });
    let wake = () => {};
    const reading = (async () => {
      for await (const change of subscription) {
        changes.push(change);
        wake();
      }
    })();
    const seen = async (count: number) => {
      while (changes.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    };
    const { ts, rows } = days(0, 60);
    await stream.observe(ts, rows);
    await seen(2);
    const epoch = changes[0]?.epoch;
    await subscription.caughtUp;

    await first.stop();
    const second = await startGateway({ port });
    onTestFinished(() => second.stop());
    await until("stream_restarted");
    expect(heard.map(({ kind }) => kind)).toContain("draining");
    expect(stream.lastTs).toBeNull();
    const before = changes.length;
    expect(await stream.observe(ts, rows)).toMatchObject({ accepted: 60 });
    await seen(before + 2);
    expect(snapshots.map(({ recovered }) => recovered)).toEqual([false, false]);
    expect(changes[before]?.epoch).not.toBe(epoch);
    expect(changes[before]).toMatchObject({ offset: 1, from: "unknown" });
    const offsets = changes.slice(before).map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.map((_, i) => i + 1));
    expect((await gate.infer("market-impact", { X })).version).toBe("1");
    await gate.close();
    await reading;
  });

  it("gets what was asked meanwhile", async () => {
    const first = await startGateway({ drain });
    const { onEvent, until } = listening();
    const gate = await connect(first.url, { backoff, onEvent });
    onTestFinished(() => gate.close());
    await first.stop();
    await until("disconnected");
    const asked = gate.infer("market-impact", { X });
    const second = await startGateway({ port: first.port });
    onTestFinished(() => second.stop());
    expect((await asked).source).toBe("gateway");
  });
});

describe("a connection that is lost", () => {
  it("resumes: every change once and in order, and the feed goes on", async () => {
    const gateway = await started();
    const proxy = await FaultyNetwork.start(gateway.port);
    onTestFinished(() => proxy.stop());
    const { onEvent, until } = listening();
    const gate = await connect(proxy.url, { backoff, onEvent });
    onTestFinished(() => gate.close());
    const feed = await BareSocket.open(gateway.url);
    feed.send({ type: "open", id: 1, stream: "SPX", ...watching });
    const snapshots: boolean[] = [];
    const subscription = gate.subscribe(topic, { onSnapshot: ({ recovered }) => snapshots.push(recovered) });
    await subscription.caughtUp;
    feed.send(observeFrame(0, 50, 2));
    await feed.answer(2);
    const changes = subscription[Symbol.asyncIterator]();
    const seen = [(await changes.next()).value?.offset];

    proxy.sever();
    await until("disconnected");
    feed.send(observeFrame(50, 20, 3));
    await feed.answer(3);
    await until("connected", 2);
    feed.send(observeFrame(70, 20, 4), { type: "subscribe", id: 5, topic });
    await feed.answer(4);
    const last = await feed.next((frame) => frame.type === "snapshot");
    const total = last.type === "snapshot" ? last.offset : 0;
    expect(total).toBeGreaterThan(10);
    while (seen.length < total) seen.push((await changes.next()).value?.offset);
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(snapshots).toEqual([false, true]);
    await feed.close();
  });

  it("sends again the observations that were not acked: none is lost, none counts twice", async () => {
    const gateway = await started();
    const proxy = await FaultyNetwork.start(gateway.port);
    onTestFinished(() => proxy.stop());
    const gate = await connect(proxy.url, { backoff });
    onTestFinished(() => gate.close());
    const stream = await gate.openStream("SPX", watching);
    const acks = [];
    for (let from = 0; from < 100; from += 10) {
      const { ts, rows } = days(from, 10);
      acks.push(stream.observe(ts, rows));
      if (from % 30 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        proxy.sever();
      }
    }
    const taken = await Promise.all(acks);
    expect(taken.at(-1)?.lastTs).toBe(99);
    expect(await gate.openStream("SPX", watching)).toMatchObject({ observations: 100, lastTs: 99 });
  });

  it("that is cut into single bytes carries the same", async () => {
    const gateway = await started();
    const proxy = await FaultyNetwork.start(gateway.port, { sliceBytes: 1 });
    onTestFinished(() => proxy.stop());
    const gate = await connect(proxy.url);
    onTestFinished(() => gate.close());
    const direct = await connect(gateway.url);
    onTestFinished(() => direct.close());
    const [sliced, plain] = await Promise.all(
      [gate, direct].map((each) => each.infer("market-impact", { X })),
    );
    expect(sliced?.outputs).toEqual(plain?.outputs);
  });
});

describe("a refusal at the upgrade", () => {
  const sha256 = "0".repeat(64);

  it("of a wrong token ends the client: trying again is useless", async () => {
    const gateway = await started({ auth: { keys: [{ sha256, tenant: "desk" }] } });
    await expect(connect(gateway.url, { token: "bad" })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("of a wrong path ends it too", async () => {
    const gateway = await started();
    await expect(connect(`${gateway.url}/none`)).rejects.toMatchObject({ code: "not_found" });
  });

  it("with 503 is tried again, elsewhere if there is another address", async () => {
    const [full, free] = [await started({ limits: { connections: 1 } }), await started()];
    const holder = await BareSocket.open(full.url);
    const { heard, onEvent } = listening();
    const gate = await connect([full.url, free.url], { backoff, onEvent });
    onTestFinished(() => gate.close());
    expect(heard.at(-1)).toMatchObject({ kind: "connected", url: free.url });
    await holder.close();
  });
});

describe("several addresses", () => {
  it("are tried in turn until one answers", async () => {
    const gateway = await started();
    const dead = `ws://127.0.0.1:${await deadPort()}/v1`;
    const gate = await connect([dead, gateway.url], { backoff });
    onTestFinished(() => gate.close());
    expect((await gate.infer("market-impact", { X })).version).toBe("1");
  });

  it("take over at once when one gateway drains", async () => {
    const [first, second] = [await startGateway(), await started()];
    const { heard, onEvent, until } = listening();
    const gate = await connect([first.url, second.url], { onEvent }); // the usual backoff: 0.5 s and more
    onTestFinished(() => gate.close());
    await first.stop();
    await until("connected", 2);
    expect(heard.filter((event) => event.kind === "reconnecting")).toMatchObject([{ inMs: 0 }]);
    expect(heard.filter((event) => event.kind === "connected").at(-1)).toMatchObject({ url: second.url });
    expect((await gate.infer("market-impact", { X })).source).toBe("gateway");
  });
});

describe("a fallback", () => {
  it("answers when no gateway does, and is told apart", async () => {
    const dead = `ws://127.0.0.1:${await deadPort()}/v1`;
    const { heard, onEvent } = listening();
    const gate = await connect(dead, {
      backoff,
      onEvent,
      connectTimeoutMs: 50,
      fallbackAfterMs: 20,
      fallback: ({ model }) => (model === "market-impact" ? { impact_bps: tensor([[7]]) } : undefined),
    });
    onTestFinished(() => gate.close());
    expect(await gate.infer("market-impact", { X })).toMatchObject({
      source: "fallback",
      backend: "fallback",
      outputs: { impact_bps: tensor([[7]]) },
    });
    await expect(gate.infer("other", { X })).rejects.toMatchObject({ code: "unavailable", processed: "no" });
    expect(heard.filter((event) => event.kind === "fallback")).toHaveLength(1);
  });

  it("is not asked when a gateway said that the request is wrong", async () => {
    const gateway = await started();
    let asked = 0;
    const fallback = () => {
      asked++;
      return undefined;
    };
    const gate = await connect(gateway.url, { fallback });
    onTestFinished(() => gate.close());
    await expect(gate.infer("none", { X })).rejects.toMatchObject({ code: "not_found" });
    expect(asked).toBe(0);
  });

  it("without one, connect fails in time and says what to look at", async () => {
    const dead = `ws://127.0.0.1:${await deadPort()}/v1`;
    await expect(connect(dead, { connectTimeoutMs: 50, backoff })).rejects.toMatchObject({
      code: "unavailable",
      addresses: [dead],
      message: `no gateway answered within 0.05 s at ${dead}: nothing listens there (connection refused): is the gateway running, is the address right?`,
    });
  });
});

it("a slow reader is closed with 4480, feels it alone, and resumes each event once", async () => {
  const wide = {
    config: {
      name: "wide",
      platform: "onnxruntime_onnx",
      max_batch_size: 8,
      input: [{ name: "X", datatype: "FP32", dims: [-1] }],
      output: [{ name: "Y", datatype: "FP32", dims: [-1] }],
    },
    model: onnxFile({
      inputs: [{ name: "X", type: 1, shape: ["batch", "width"] }],
      outputs: [{ name: "Y", type: 1, shape: ["batch", "width"] }],
      nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }],
    }),
  };
  const gateway = await started({
    models: await repositoryOf({ wide }),
    limits: { outbox_bytes: 2_000 },
  });
  const [slow, quick] = [await BareSocket.open(gateway.url), await BareSocket.open(gateway.url)];
  slow.send({ type: "subscribe", id: 1, topic });
  quick.send({ type: "subscribe", id: 1, topic }, { type: "open", id: 2, stream: "SPX", ...watching });
  await Promise.all([slow, quick].map((each) => each.next(({ type }) => type === "snapshot")));

  // Answers that it does not read fill the network's buffers; then events have to wait.
  const size = 250_000;
  for (let id = 10; id < 30; id++)
    slow.send({ type: "infer", id, model: "wide", inputs: { X: rowsOf(1, 1, size) }, timeout_ms: 20_000 });
  await slow.answer(10);
  slow.socket.pause();
  await metric(gateway, 'headgate_inference_request_success{model="wide",version="1"} 20');
  const before = events(slow.frames);
  for (let from = 0, id = 3; from < 120; from += 8, id++) {
    quick.send(observeFrame(from, 8, id));
    await quick.answer(id);
  }
  await metric(gateway, 'headgate_connections_closed_total{code="4480"} 1');
  slow.socket.resume();
  expect([4480, 1006]).toContain((await slow.closed).code); // 1006 if it took longer than the close may take

  quick.send({ type: "unsubscribe", id: 99, topic });
  await quick.answer(99);
  const all = events(quick.frames);
  expect(all.map(({ offset }) => offset)).toEqual(all.map((_, i) => i + 1));
  expect(before).toEqual([]);
  const seen = events(slow.frames);
  expect(seen.length).toBeLessThan(all.length);
  const again = await BareSocket.open(gateway.url);
  const welcome = await again.next(({ type }) => type === "welcome");
  const epoch = welcome.type === "welcome" ? welcome.epoch : "";
  again.send({ type: "subscribe", id: 1, topic, since: { epoch, offset: seen.at(-1)?.offset ?? 0 } });
  const snapshot = await again.next(({ type }) => type === "snapshot");
  expect(snapshot).toMatchObject({ recovered: true, offset: all.length });
  expect([...seen, ...events(again.frames)]).toEqual(all);
  await again.close();
  await quick.close();
});

/** Settles once the gateway's metrics have this line. */
async function metric(gateway: TestGateway, line: string): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${gateway.http}/metrics`)).text();
    if (text.split("\n").includes(line)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
