/** A network that is slow, or deaf one way: a subscriber behind it gets every event once, however it gets there. */
import { describe, expect, it, onTestFinished } from "vitest";
import { connect, type GateEvent, type Subscription } from "../../client/typescript/index.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FaultyNetwork, type Way } from "../support/faulty-network.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { days, watching } from "../support/market.js";
import { repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

const topic = "regime.SPX";
const backoff = { firstMs: 10, mostMs: 40 };

async function started(overrides: Record<string, unknown>) {
  const gateway = await startGateway({ models: await repositoryOf({}), ...overrides });
  onTestFinished(() => gateway.stop());
  const proxy = await FaultyNetwork.start(gateway.port);
  onTestFinished(() => proxy.stop());
  const feed = await BareSocket.open(gateway.url);
  onTestFinished(() => feed.close().then(() => undefined));
  feed.send({ type: "open", id: 1, stream: "SPX", ...watching });
  let [next, id] = [0, 1];
  /** Takes days of the market, which turn every second one. */
  const observe = async (count: number) => {
    const { ts, rows } = days(next, count);
    const values = toWire({ datatype: "FP64", shape: [count, 1], data: Float64Array.from(rows.flat()) });
    next += count;
    const frame: ClientFrame = { type: "observe", id: ++id, stream: "SPX", ts, values };
    feed.send(frame);
    await feed.answer(id);
  };
  const heard: GateEvent[] = [];
  const gate = await connect(proxy.url, { backoff, onEvent: (event) => heard.push(event) });
  onTestFinished(() => gate.close());
  const recovered: boolean[] = [];
  const subscription = gate.subscribe(topic, { onSnapshot: (each) => recovered.push(each.recovered) });
  await subscription.caughtUp;
  const offsets = offsetsOf(subscription);
  const count = (kind: GateEvent["kind"]) => heard.filter((event) => event.kind === kind).length;
  /** Every event that the log has came, once and in order. */
  const whole = async () => {
    const late = await BareSocket.open(gateway.url);
    late.send({ type: "subscribe", id: 1, topic });
    const snapshot = await late.next(({ type }) => type === "snapshot");
    await late.close();
    const total = snapshot.type === "snapshot" ? snapshot.offset : 0;
    await until(async () => expect(offsets.length).toBeGreaterThanOrEqual(total));
    expect(offsets).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    expect(recovered.slice(1)).toEqual(recovered.slice(1).map(() => true));
  };
  return { gateway, proxy, observe, count, offsets, whole };
}

function offsetsOf(subscription: Subscription): number[] {
  const offsets: number[] = [];
  void (async () => {
    for await (const { offset } of subscription) offsets.push(offset);
  })();
  return offsets;
}

async function closedWith(gateway: TestGateway, code: number): Promise<number> {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const line = text
    .split("\n")
    .find((each) => each.startsWith(`headgate_connections_closed_total{code="${code}"}`));
  return Number(line?.split(" ").pop() ?? 0);
}

describe("a slow network", () => {
  it("that carries less than there is to tell: closed with 4480, and resumed without a gap", async () => {
    const { gateway, proxy, observe, count, offsets, whole } = await started({
      limits: { outbox_bytes: 4_096 },
    });
    await observe(50);
    await until(async () => expect(offsets.length).toBeGreaterThan(0));
    proxy.throttle(20_000);
    for (let round = 0; round < 100 && (await closedWith(gateway, 4480)) === 0; round++) await observe(2_000);
    expect(await closedWith(gateway, 4480)).toBeGreaterThan(0);
    const had = offsets.length;
    proxy.throttle(Infinity);
    await until(async () => expect(count("connected")).toBeGreaterThan(1));
    await observe(20);
    await whole();
    expect(offsets.length).toBeGreaterThan(had);
  });

  it("that carries it all: nobody is closed", async () => {
    const { gateway, proxy, observe, count, whole } = await started({ limits: { outbox_bytes: 262_144 } });
    proxy.throttle(500_000);
    await observe(1_000);
    await whole();
    expect(await closedWith(gateway, 4480)).toBe(0);
    expect(count("disconnected")).toBe(0);
  });
});

it("an address that takes connections and says nothing is given up, and the next one is tried", async () => {
  const { gateway } = await started({});
  const silent = await FaultyNetwork.start(gateway.port);
  onTestFinished(() => silent.stop());
  silent.blackhole("to_client");
  const heard: GateEvent[] = [];
  const options = { backoff, attemptTimeoutMs: 100, onEvent: (event: GateEvent) => heard.push(event) };
  const gate = await connect([silent.url, gateway.url], options);
  onTestFinished(() => gate.close());
  expect(heard.at(-1)).toMatchObject({ kind: "connected", url: gateway.url });
});

describe("a network that is deaf one way", () => {
  it.each<Way>(["to_client", "to_gateway"])(
    "%s: the gateway misses the pong and closes, the client comes back and resumes",
    async (way) => {
      const { gateway, proxy, observe, count, offsets, whole } = await started({
        heartbeat: { ping_ms: 150, pong_ms: 150 },
      });
      await observe(60);
      await until(async () => expect(offsets.length).toBeGreaterThan(0));
      proxy.blackhole(way);
      await observe(100); // told into the void, or to one who is not heard any more
      await until(async () => expect(await closedWith(gateway, 4481)).toBeGreaterThan(0));
      await until(async () => expect(count("disconnected")).toBeGreaterThan(0));
      await observe(100);
      proxy.heal();
      await until(async () => expect(count("connected")).toBeGreaterThan(1));
      await observe(100);
      await whole();
    },
  );
});
