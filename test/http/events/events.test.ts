/** Server-sent events over the routes, without a socket: frames, cursors, slow readers, credentials, drain. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { CursorTracker } from "../../../gateway/faces/http/events/cursor.js";
import { EventStream } from "../../../gateway/faces/http/events/event-stream.js";
import { EventStreams } from "../../../gateway/faces/http/events/event-streams.js";
import { openHttpFace } from "../../../gateway/wiring/http-routes.js";
import { hello, testHouse, testSession } from "../../support/house.js";
import { change, publish } from "../../support/regimes.js";
import { anybody } from "../../support/requests.js";

interface ServerSentEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
}

function face(overrides: Record<string, unknown> = {}) {
  const test = testHouse(overrides);
  const { routes, eventStreams } = openHttpFace(test.house, () => undefined, undefined, raise);
  const open = async (query: string, headers: Record<string, string> = {}) => {
    const response = await routes.request(`/v1/events?${query}`, { headers });
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    /** What has been sent and was not read yet. */
    const read = async (): Promise<ServerSentEvent[]> => {
      await test.clock.settle();
      const chunk = await reader?.read();
      const text = decoder.decode(chunk?.value);
      return text
        .split("\n\n")
        .filter((block) => block !== "" && !block.startsWith("retry") && !block.startsWith(":"))
        .map(parsed);
    };
    return { response, read, cancel: () => reader?.cancel() };
  };
  const log = (stream: string, to = "calm") =>
    publish(test, { namespace: "default", topic: `regime.${stream}` }, change(stream, to));
  return { ...test, eventStreams, routes, open, log };
}

function parsed(block: string): ServerSentEvent {
  const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
  return { ...fields, ...(fields["data"] !== undefined && { data: JSON.parse(fields["data"]) }) };
}

const raise = (error: unknown) => {
  throw error;
};

describe("server-sent events", () => {
  it("begin with the snapshot and go on with events, each with the cursor after it", async () => {
    const { open, log, house } = face();
    const { epoch } = house.hub.log;
    await log("SPX");
    const { response, read } = await open("topic=regime.SPX");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await read()).toMatchObject([
      { event: "snapshot", id: `${epoch}:1`, data: { type: "snapshot", offset: 1, recovered: false } },
    ]);
    await log("SPX", "turbulent");
    expect(await read()).toMatchObject([
      { event: "event", id: `${epoch}:2`, data: { offset: 2, data: { to: "turbulent" } } },
    ]);
  });

  it("go on after Last-Event-ID: each event once, in order", async () => {
    const { open, log, house } = face();
    const { epoch } = house.hub.log;
    for (const to of ["a", "b", "c"]) await log("SPX", to);
    const { read } = await open("topic=regime.SPX", { "last-event-id": `${epoch}:1` });
    expect(await read()).toMatchObject([
      { event: "event", data: { offset: 2, data: { to: "b" } } },
      { event: "event", data: { offset: 3, data: { to: "c" } } },
      { event: "snapshot", id: `${epoch}:3`, data: { recovered: true } },
    ]);
  });

  it("of a pattern have a cursor once all topics are told, and not before", async () => {
    const { open, log, house } = face();
    const { epoch } = house.hub.log;
    for (const stream of ["A", "B", "A"]) await log(stream);
    const { read } = await open("topic=regime.*");
    const told = await read();
    expect(told.map(({ event, id }) => [event, id])).toEqual([
      ["snapshot", undefined],
      ["snapshot", `${epoch}:3`],
    ]);
    await log("C");
    expect(await read()).toMatchObject([{ event: "event", id: `${epoch}:4` }]);
    const again = await open("topic=regime.*", { "last-event-id": `${epoch}:2` });
    expect((await again.read())[0]).toMatchObject({ event: "event", data: { topic: "regime.A", offset: 2 } });
  });

  it("of a pattern without topics have a cursor from the first event on", async () => {
    const { open, log, house } = face();
    const { read } = await open("topic=regime.*");
    await log("A");
    expect(await read()).toMatchObject([{ event: "event", id: `${house.hub.log.epoch}:1` }]);
  });

  it("have the socket's heartbeats where they are asked for, and a comment where nothing else is sent", async () => {
    const { open, clock } = face();
    const { read } = await open("topic=regime.SPX&heartbeat_ms=1000");
    await read();
    await clock.advance(1_000);
    expect(await read()).toMatchObject([{ event: "heartbeat", data: { topic: "regime.SPX" } }]);
  });

  it.each([
    ["", /^topic: /],
    ["topic=regime.A&topic=regime.B", /topic: must be given once/],
    ["topic=price.A", /^topic/],
    ["topic=regime.A&heartbeat_ms=5", /heartbeat_ms/],
    ["topic=regime.A&mode=some", /^mode/],
    ["topic=regime.A&heartbeat=1000", /^the query: has no "heartbeat", only topic, mode/],
    ["topic=regime.A&last_event_id=x", /^Last-Event-ID/],
  ])("asked with %j are refused by name", async (query, message) => {
    const { open, eventStreams } = face();
    const { response } = await open(query);
    expect([response.status, eventStreams.count]).toEqual([400, 0]);
    const { routes } = face();
    const body = (await (await routes.request(`/v1/events?${query}`)).json()) as { error: string };
    expect(body.error).toMatch(message);
  });
});

describe("a response of events ends", () => {
  it("when its reader leaves: nothing is kept of it", async () => {
    const { open, eventStreams, clock } = face();
    const { armed } = clock;
    const { read, cancel } = await open("topic=regime.SPX&heartbeat_ms=1000");
    await read();
    await cancel();
    expect(eventStreams.count).toBe(0);
    expect(clock.armed).toBe(armed);
  });

  it("when its reader is too slow, and takes no more than its bound", async () => {
    const { open, log, eventStreams } = face({ limits: { outbox_bytes: 2_048 } });
    const { read } = await open("topic=regime.SPX");
    for (let i = 0; i < 20; i++) await log("SPX");
    expect(eventStreams.count).toBe(0);
    await expect(read()).rejects.toThrow("the reader is too slow");
  });

  it("when its token expires", async () => {
    const sha256 = createHash("sha256").update("brief").digest("hex");
    const key = { sha256, tenant: "desk", expires_at: "2023-11-14T22:13:25Z" }; // 5 s after the clock's start
    const { open, eventStreams, clock } = face({ auth: { keys: [key] } });
    const { read } = await open("topic=regime.SPX", { authorization: "Bearer brief" });
    await read();
    await clock.advance(4_000);
    expect(eventStreams.count).toBe(1);
    await clock.advance(2_000);
    expect(await read()).toMatchObject([
      { event: "end", data: { reason: expect.stringContaining("the token expired") } },
    ]);
    expect(eventStreams.count).toBe(0);
  });

  it("when its credential is revoked, or no longer grants its topic or reading at all", async () => {
    for (const present of [
      undefined,
      { ...anybody, topics: ["regime.other/*"] },
      { ...anybody, scopes: new Set(["models:infer" as const]) },
    ]) {
      const { clock } = face();
      const reviewer = { generation: 0, review: (): typeof present => present };
      const streams = new EventStreams(clock, reviewer);
      const cursors = new CursorTracker("regime.SPX", undefined);
      const ended: EventStream = new EventStream({
        bytesMax: 4_096,
        retryMs: 1_000,
        cursors,
        ended: () => streams.leave(ended),
      });
      streams.add(ended, anybody, "regime.SPX");
      await clock.advance(1_000);
      expect(streams.count).toBe(0);
      expect(await new Response(ended.body as ReadableStream<Uint8Array<ArrayBuffer>>).text()).toContain(
        "event: end",
      );
    }
  });

  it("when the gateway drains, and says when to come back", async () => {
    const { open, eventStreams } = face();
    const { read } = await open("topic=regime.SPX");
    await read();
    eventStreams.drain();
    expect(await read()).toMatchObject([{ event: "end" }]);
    expect(eventStreams.count).toBe(0);
  });
});

it("a stream is opened, fed, read and closed over HTTP, and a socket sees the same", async () => {
  const { routes, house, clock, ...rest } = face();
  const post = async (path: string, body: object) => {
    const text = JSON.stringify(body);
    const response = routes.request(`/v1/streams/${path}`, {
      method: "POST",
      body: text,
      headers: { "content-length": String(text.length) },
    });
    await clock.settle();
    return (await response).json();
  };
  expect(await post("open", { stream: "SPX", detector: "openly" })).toMatchObject({ created: true });
  const values = { datatype: "FP64", shape: [2, 1], data: [0.25, 1] };
  expect(await post("observe", { stream: "SPX", ts: [1, 2], values })).toMatchObject({
    accepted: 2,
    last_ts: 2,
  });
  const state = await (await routes.request("/v1/streams/state?stream=SPX&path=filtered&values=true")).json();
  expect(state).toMatchObject({
    state: { observations: 2 },
    path: { values: { shape: [2, 1], data: [0.25, 1] } },
  });
  const socket = testSession({ house, clock, ...rest }, anybody);
  await socket.send(hello, { type: "state", id: 1, stream: "SPX" });
  expect(socket.heard().at(-1)).toMatchObject({ state: { observations: 2 } });
  expect(await post("close", { stream: "SPX" })).toEqual({ stream: "SPX" });
  expect((await routes.request("/v1/streams/state?stream=SPX")).status).toBe(404);
  expect(await post("observe", { stream: "SPX", ts: 3, values: 1 })).toMatchObject({
    code: "invalid_argument",
  });
});
