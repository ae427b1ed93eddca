import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { noPlace, overQuota } from "../../gateway/faces/websocket/connection-refusal.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";
import { codec } from "../support/transport.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
const keyed = {
  auth: {
    keys: [
      { sha256: sha256("good"), tenant: "desk" },
      { sha256: sha256("brief"), tenant: "desk", expires_at: "2023-11-14T22:13:21Z" }, // 1 s after the clock's start
      { sha256: sha256("elsewhere"), tenant: "desk", namespace: "other" },
    ],
  },
};

const echo = (id: number, value = id): ClientFrame => ({
  type: "infer",
  id,
  model: "echo",
  inputs: { X: rowsOf(value) },
});

describe("hello", () => {
  it("is answered by welcome, and requests in the same message are carried out", async () => {
    const house = testHouse();
    const { send, heard, transport } = testSession(house);
    await send(hello, echo(1));
    house.engine.finishAll();
    await house.clock.settle();
    const [welcome, result] = heard();
    expect(welcome).toMatchObject({
      type: "welcome",
      connection: "c-1",
      server: "headgate/test",
      epoch: house.house.hub.log.epoch,
      features: [
        "infer",
        "describe",
        "regimes",
        "json",
        "history",
        "state",
        "heartbeat",
        "silence",
        "endings",
        "expiry",
        "watch",
        "datasets",
        "train",
        "jobs",
        "upload",
        "promote",
        "schedule",
        "model_expiry",
      ],
      credits: 256,
      limits: { message_frames: 4_096, subscriptions: 128, bytes_in_flight: 67_108_864 },
    });
    expect(result).toMatchObject({ type: "result", id: 1 });
    expect(transport.closes).toEqual([]);
  });

  it("must be the first frame", async () => {
    const house = testHouse();
    const { send, transport } = testSession(house);
    await send(echo(1), hello);
    expect(transport.closes).toEqual([{ code: 4400, reason: "the first frame must be hello" }]);
    expect(transport.frames).toEqual([]);
    expect(house.engine.runs).toEqual([]);
  });

  it("comes once; what stood before the second was carried out", async () => {
    const { send, transport } = testSession(testHouse());
    await send(hello, { type: "describe", id: 1 }, hello, { type: "describe", id: 2 });
    expect(transport.closes).toEqual([{ code: 4400, reason: "a second hello" }]);
    expect(transport.frames.map(({ type }) => type)).toEqual(["welcome", "ack"]);
  });

  it("that has a wrong field closes", async () => {
    const { session, transport } = testSession(testHouse());
    const wrong = codec().encode({ type: "hello", max_message_bytes: 12 });
    session.receive(wrong as Uint8Array);
    expect(transport.closes).toMatchObject([{ code: 4400 }]);
    expect(transport.closes[0]?.reason).toMatch(/^hello\.max_message_bytes: /);
  });

  it("must come in time", async () => {
    const house = testHouse();
    const { session, transport } = testSession(house);
    house.clock.jump(9_999);
    session.tick(house.clock.now(), house.clock.wall());
    expect(transport.closes).toEqual([]);
    house.clock.jump(1);
    session.tick(house.clock.now(), house.clock.wall());
    expect(transport.closes).toMatchObject([{ code: 4408 }]);
  });
});

describe("tokens", () => {
  it.each([undefined, "bad"])("hello.token %s is not enough where one is needed", async (token) => {
    const house = testHouse(keyed);
    const { send, transport } = testSession(house, null);
    await send({ type: "hello", ...(token !== undefined && { token }) }, echo(1));
    expect(transport.closes).toMatchObject([{ code: 4401 }]);
    expect(transport.frames).toEqual([]);
    expect(house.engine.runs).toEqual([]);
  });

  it("a good one in hello opens the session", async () => {
    const { send, heard } = testSession(testHouse(keyed), null);
    await send({ type: "hello", token: "good" });
    expect(heard()).toMatchObject([{ type: "welcome" }]);
  });

  it("a good one finds the gateway full: 1013, and nothing of the message is done", async () => {
    const house = testHouse(keyed);
    const { send, transport } = testSession(house, null, undefined, () => noPlace("too many connections"));
    await send({ type: "hello", token: "good" }, echo(1));
    expect(transport.closes).toMatchObject([{ code: 1013, reason: expect.stringContaining("full") }]);
    expect(transport.frames).toEqual([]);
    expect(house.engine.runs).toEqual([]);
  });

  it("a good one of a tenant over its quota: 4429 with the reason, and nothing of the message is done", async () => {
    const house = testHouse(keyed);
    const refusal = overQuota("quota connections: tenant desk may have 2 connections (quotas.connections)");
    const { send, transport } = testSession(house, null, undefined, () => refusal);
    await send({ type: "hello", token: "good" }, echo(1));
    expect(transport.closes).toEqual([{ code: 4429, reason: refusal.message }]);
    expect(transport.frames).toEqual([]);
    expect(house.engine.runs).toEqual([]);
  });

  it("a wrong one takes no place", async () => {
    let asked = 0;
    const { send } = testSession(testHouse(keyed), null, undefined, () => {
      asked++;
      return undefined;
    });
    await send({ type: "hello", token: "bad" });
    expect(asked).toBe(0);
  });
});

describe("a bad message", () => {
  const bad: readonly [string, Uint8Array][] = [
    ["a frame of an unknown type", Uint8Array.from([0x81, 0xa4, 0x74, 0x79, 0x70, 0x65, 0xa1, 0x3f])],
    ["a frame that is no map", Uint8Array.from([0x01])],
    ["a frame cut short", Uint8Array.from([0x82, 0xa4, 0x74])],
  ];

  it.each(bad)("with %s does nothing of what stood before it", async (_, tail) => {
    const house = testHouse();
    const { send, session, transport, heard } = testSession(house);
    await send(hello);
    heard();
    const good = [echo(1), { type: "describe", id: 2 } as const].map((frame) => codec().encode(frame));
    session.receive(codec().join([...good, tail]) as Uint8Array);
    await house.clock.settle();
    expect(heard()).toEqual([]);
    expect(house.engine.runs).toEqual([]);
    expect(transport.closes).toMatchObject([{ code: 4400 }]);
  });

  it("is the last: nothing is read after it", async () => {
    const house = testHouse();
    const { send, session, heard } = testSession(house);
    await send(hello);
    session.receive(new Uint8Array());
    heard();
    await send(echo(1));
    expect(heard()).toEqual([]);
    expect(house.engine.runs).toEqual([]);
  });
});

it("the JSON form carries the same", async () => {
  const house = testHouse();
  const { session, transport } = testSession(house, anybody, "headgate.v1.json");
  const lines = [
    hello,
    {
      type: "infer",
      id: 1,
      model: "echo",
      inputs: { X: { datatype: "FP32", shape: [1, 2], data: [0.5, -1.25] } },
    },
  ];
  session.receive(new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join("\n")));
  await house.clock.settle();
  house.engine.finishAll();
  await house.clock.settle();
  const sent = transport.messages.map(String).join("\n").split("\n");
  expect(sent).toHaveLength(2);
  expect(JSON.parse(sent[1] ?? "")).toMatchObject({
    type: "result",
    id: 1,
    outputs: { Y: { datatype: "FP32", shape: [1, 2], data: [0.5, -1.25] } },
  });
});
