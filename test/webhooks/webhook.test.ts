/**
 * A webhook with a receiver that can fail: events arrive at least once, in order and signed, and the position is kept
 * over a restart.
 */
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { pino } from "pino";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseConfig } from "../../gateway/config/parse.js";
import { requireSecrets } from "../../gateway/config/requirements.js";
import { Hub } from "../../gateway/events/hub.js";
import { Webhook } from "../../gateway/faces/webhooks/webhook.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import type { EventFrame } from "../../protocol/frames.js";
import { FakeClock } from "../support/clock.js";
import { newFolder, openJournal } from "../support/lmdb.js";
import { change } from "../support/regimes.js";
import { until } from "../support/until.js";

const secret = "a secret of the desk";

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Responds with the given statuses in turn, and then with 204. */
async function receiver(...answers: number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204, { location: "http://127.0.0.1:1/" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/hook`;
  return { received, url, ids: () => received.map(({ body }) => (JSON.parse(body) as EventFrame).event_id) };
}

function webhookOn(journal: Journal, clock: FakeClock, given: Record<string, unknown>) {
  const [webhook] = parseConfig({
    webhooks: [{ name: "desk", secret_env: "S", since: "start", ...given }],
  }).webhooks;
  if (webhook === undefined) throw new Error("no webhook");
  const hub = new Hub(journal, () => {});
  const outcomes: string[] = [];
  const sink = new Webhook(webhook, secret, {
    events: journal,
    hub,
    clock,
    log: pino({ level: "silent" }),
    delivery: (_, outcome) => outcomes.push(outcome),
    jitter: () => 1,
  });
  onTestFinished(() => sink.stop());
  const publish = (stream: string, namespace = "default") =>
    journal.commit(
      { events: [{ key: { namespace, topic: `regime.${stream}` }, data: change(stream) }] },
      hub.publish,
    );
  return { sink, publish, outcomes };
}

async function harness(given: Record<string, unknown>) {
  const [clock, folder] = [new FakeClock(), await newFolder()];
  const journal = await openJournal(folder, clock);
  return { clock, folder, journal, ...webhookOn(journal, clock, given) };
}

const count = (list: readonly unknown[], n: number) => until(async () => expect(list).toHaveLength(n));

describe("a webhook", () => {
  it("sends each event of its topics once and in order, as a subscriber gets it, signed", async () => {
    const { received, url } = await receiver();
    const { sink, publish, journal } = await harness({ url, topics: ["regime.SPX", "regime.VIX"] });
    await publish("SPX");
    sink.start();
    await publish("NDX");
    await publish("VIX");
    await publish("SPX", "other");
    await count(received, 2);
    const bodies = received.map(({ body }) => JSON.parse(body) as EventFrame);
    expect(bodies.map(({ type, topic, offset, position }) => [type, topic, offset, position])).toEqual([
      ["event", "regime.SPX", 1, 1],
      ["event", "regime.VIX", 1, 3],
    ]);
    for (const { headers, body } of received) {
      const time = String(headers["headgate-timestamp"]);
      const expected = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
      expect(headers["headgate-signature"]).toBe(`v1=${expected}`);
      expect(headers["headgate-event-id"]).toBe((JSON.parse(body) as EventFrame).event_id);
      expect(headers["content-type"]).toBe("application/json");
    }
    await until(async () => expect(await journal.cursor("webhook desk")).toBe(3));
  });

  it("tries again what was not taken, and does not follow a redirect; those behind it wait", async () => {
    const { ids, received, url } = await receiver(500, 307);
    const { sink, publish, clock, outcomes } = await harness({ url });
    sink.start();
    await publish("SPX");
    await publish("NDX");
    await count(received, 1);
    await until(async () => {
      await clock.advance(1_000);
      expect(received).toHaveLength(2);
    });
    await until(async () => {
      await clock.advance(2_000);
      expect(received).toHaveLength(4);
    });
    const [first, , , last] = ids();
    expect(ids()).toEqual([first, first, first, last]);
    expect(last).not.toBe(first);
    await until(async () => expect(outcomes).toEqual(["retried", "retried", "delivered", "delivered"]));
  });

  it("waits for a log that cannot be read now, and misses nothing", async () => {
    const { received, url } = await receiver();
    const { sink, publish, clock, journal } = await harness({ url });
    const fault = new Error("no route to the store");
    vi.spyOn(journal, "cursor").mockRejectedValueOnce(fault);
    vi.spyOn(journal, "readAll").mockRejectedValueOnce(fault).mockRejectedValueOnce(fault);
    await publish("SPX");
    sink.start();
    await until(async () => {
      await clock.advance(2_000);
      expect(received).toHaveLength(1);
    });
    await publish("NDX");
    await count(received, 2);
  });

  it("gives an event up after its attempts, and goes on with the next", async () => {
    const { ids, received, url } = await receiver(500, 500);
    const { sink, publish, clock, outcomes } = await harness({ url, attempts: 2 });
    sink.start();
    await publish("SPX");
    await publish("NDX");
    await until(async () => {
      await clock.advance(1_000);
      expect(received).toHaveLength(3);
    });
    expect(new Set(ids()).size).toBe(2);
    await until(async () => expect(outcomes).toEqual(["retried", "given_up", "delivered"]));
  });

  it("goes on after a restart where it was: nothing is lost, only what was under way may come twice", async () => {
    const { ids, received, url } = await receiver(204, 500);
    const { sink, publish, folder, clock, journal } = await harness({ url });
    sink.start();
    for (const stream of ["A", "B", "C"]) await publish(stream);
    await count(received, 2);
    await sink.stop();
    await journal.close();
    const again = webhookOn(await openJournal(folder, clock), clock, { url });
    again.sink.start();
    await count(received, 4);
    const [a, b, second, c] = ids();
    expect(second).toBe(b);
    expect(new Set([a, b, c]).size).toBe(3);
  });

  it("that is new begins with what comes, unless it says start", async () => {
    const { ids, received, url } = await receiver();
    const { sink, publish } = await harness({ url, since: "start" });
    await publish("OLD");
    sink.start();
    await count(received, 1);
    const other = await receiver();
    const fresh = await harness({ url: other.url, since: "now" });
    await fresh.publish("OLD");
    const late = webhookOn(fresh.journal, fresh.clock, { url: other.url, since: "now", name: "late" });
    late.sink.start();
    await late.publish("NEW");
    await count(other.received, 1);
    expect(JSON.parse(other.received[0]?.body ?? "")).toMatchObject({ topic: "regime.NEW" });
    expect(ids()).toHaveLength(1);
  });
});

it("a webhook without its secret stops the start, naming the variable", () => {
  const config = parseConfig({
    webhooks: [{ name: "desk", url: "https://desk.example/hook", secret_env: "DESK_SECRET" }],
  });
  expect(() => requireSecrets(config, {})).toThrow(
    /webhooks\.0\.secret_env: the environment's DESK_SECRET must hold/,
  );
  expect(() => requireSecrets(config, { DESK_SECRET: secret })).not.toThrow();
  expect(() => parseConfig({ webhooks: [{ name: "desk", url: "ftp://x", secret_env: "S" }] })).toThrow(
    /webhooks\.0\.url/,
  );
});

it("a receiver is not given up for the time in which the gateway was stopped", async () => {
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    request.resume();
    held.push(() => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { sink, publish, clock, outcomes } = await harness({
    url: `http://127.0.0.1:${port}/`,
    timeout_ms: 1_000,
  });
  sink.start();
  await publish("SPX");
  await count(held, 1);
  clock.sleep(60_000);
  await clock.advance(999);
  expect(outcomes).toEqual([]);
  for (const answer of held) answer();
  await until(async () => expect(outcomes).toEqual(["delivered"]));
  await publish("SPX");
  await count(held, 2);
  await clock.advance(1_000);
  await until(async () => expect(outcomes).toEqual(["delivered", "retried"]));
});
