/** What a broken or wicked client sends: it is closed or answered, and the others feel nothing. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClientFrame } from "../../protocol/frames.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { rowsOf } from "../support/servables.js";
import { BareSocket } from "../support/socket.js";
import { codec, messageOf } from "../support/transport.js";

const sha256 = createHash("sha256").update("good").digest("hex");
const headers = { authorization: "Bearer good" };
let gateway: TestGateway;
let good: BareSocket;
let lastId = 0;

beforeAll(async () => {
  gateway = await startGateway({
    auth: { keys: [{ sha256, tenant: "desk" }] },
    limits: { message_bytes: 1_000_000 },
    heartbeat: { hello_ms: 300 },
  });
  good = await BareSocket.open(gateway.url, { headers });
});
afterAll(() => gateway.stop());

const infer = (id: number, overrides: Record<string, unknown> = {}): ClientFrame => ({
  type: "infer",
  id,
  model: "market-impact",
  inputs: { X: rowsOf(0.5, 1, 16) },
  ...overrides,
});

async function expectOthersServed(): Promise<void> {
  good.send(infer(++lastId));
  expect(await good.answer(lastId)).toMatchObject({ type: "result" });
}

function pseudoRandom(seed: number, length: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

const packed = (frame: unknown) => codec().encode(frame as ClientFrame) as Uint8Array;
const nested = (depth: number): unknown => (depth === 0 ? 1 : { deeper: nested(depth - 1) });
const whole = messageOf(codec(), [infer(1)]);
const repeated = (bytes: Uint8Array, count: number) =>
  new Uint8Array(Buffer.concat(new Array(count).fill(bytes)));

const breaking: readonly [string, Uint8Array, number][] = [
  ["an empty message", new Uint8Array(), 4400],
  ...[1, 2, 3, 4, 5, 6].map(
    (seed) => [`random bytes ${seed}`, pseudoRandom(seed, 100 * seed), 4400] as [string, Uint8Array, number],
  ),
  ["a frame cut short", whole.subarray(0, whole.length - 1), 4400],
  ["half a frame", whole.subarray(0, whole.length / 2), 4400],
  ["a frame and a half", repeated(whole, 2).subarray(0, whole.length * 1.5), 4400],
  ["a map of 4 billion", Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61), 4400],
  ["an array of 4 billion", Uint8Array.of(0x81, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff), 4400],
  ["a bin of 4 GB", Uint8Array.of(0x81, 0xa1, 0x61, 0xc6, 0xff, 0xff, 0xff, 0xff), 4400],
  ["an extension", Uint8Array.of(0x81, 0xa1, 0x61, 0xd4, 0x01, 0x00), 4400],
  ["deep nesting", packed({ type: "infer", id: 1, model: "m", inputs: nested(100) }), 4400],
  ["an unknown type", packed({ type: "attack", id: 1 }), 4400],
  ["no type", packed({ id: 1 }), 4400],
  ["no id", packed({ type: "infer", model: "m", inputs: {} }), 4400],
  ["an id of 2^32", packed({ type: "describe", id: 2 ** 32 }), 4400],
  ["10,000 tiny frames", repeated(packed({ type: "cancel", id: 1 }), 10_000), 4400],
  ["a message over the limit", new Uint8Array(1_000_001), 1009],
];

describe("a message that breaks the protocol closes its own connection only", () => {
  it.each(breaking)("%s", async (_, message, code) => {
    const socket = await BareSocket.open(gateway.url, { headers });
    await socket.next(({ type }) => type === "welcome");
    socket.raw(message);
    const closed = await socket.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).toMatch(/^[\x20-\x7e]{0,123}$/);
    expect(socket.frames.map(({ type }) => type)).toEqual(["welcome"]);
    await expectOthersServed();
  });
});

const X = (overrides: Record<string, unknown>) => ({ X: { ...rowsOf(0.5, 1, 16), ...overrides } });
const wrong: readonly [string, Record<string, unknown>, RegExp][] = [
  ["a shape that does not fit the bytes", { inputs: X({ shape: [1, 17] }) }, /^inputs\.X\.data: /],
  ["a shape of 2^60 elements", { inputs: X({ shape: [2 ** 30, 2 ** 30] }) }, /^inputs\.X\.shape/],
  ["a shape below zero", { inputs: X({ shape: [-1, -16] }) }, /^inputs\.X\.shape/],
  ["a shape with a fraction", { inputs: X({ shape: [1.5, 16] }) }, /^inputs\.X\.shape/],
  ["a shape of other rank", { inputs: X({ shape: [16] }) }, /^inputs\.X\.shape: must be \[batch, 16\]/],
  ["an unknown datatype", { inputs: X({ datatype: "FP99" }) }, /^inputs\.X\.datatype: /],
  ["another datatype", { inputs: X({ datatype: "INT32" }) }, /^inputs\.X\.datatype: must be FP32/],
  ["NaN", { inputs: { X: rowsOf(Number.NaN, 1, 16) } }, /^inputs\.X: NaN or infinity/],
  ["inputs that are a list", { inputs: [] }, /^inputs: /],
  [
    "65 inputs",
    { inputs: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`X${i}`, rowsOf(1)])) },
    /^inputs: /,
  ],
  ["a model that is a number", { model: 5 }, /^model: /],
  ["a name from Object.prototype", { model: "constructor" }, /^model: no model/],
  ["a timeout that is a clock reading", { timeout_ms: 1_700_000_000_000 }, /^timeout_ms: /],
  ["a key of 10,000 letters", { key: "k".repeat(10_000) }, /^key: /],
  ["a parameter that is a map", { parameters: { k: {} } }, /^parameters\.k: /],
];

it("a request that is wrong is answered by its field, and the connection lives", async () => {
  const socket = await BareSocket.open(gateway.url, { headers });
  wrong.forEach(([, overrides], at) => {
    socket.send(infer(at + 1, overrides));
  });
  for (const [at, [what, , message]] of wrong.entries()) {
    const answer = await socket.answer(at + 1);
    expect(answer, what).toMatchObject({ type: "error", processed: "no", retryable: false });
    if (answer.type === "error") expect(answer.message, what).toMatch(message);
  }
  socket.send(infer(100));
  expect(await socket.answer(100)).toMatchObject({ type: "result" });
  await socket.close();
});

it("10,000 tiny frames in three messages are each answered", async () => {
  const socket = await BareSocket.open(gateway.url, { headers });
  for (let from = 0; from < 10_000; from += 4_000)
    socket.send(
      ...Array.from(
        { length: Math.min(4_000, 10_000 - from) },
        (_, i): ClientFrame => ({
          type: "close",
          id: from + i,
          stream: "none",
        }),
      ),
    );
  for (const id of [0, 5_000, 9_999]) expect(await socket.answer(id)).toMatchObject({ code: "not_found" });
  expect(new Set(socket.frames.map((frame) => "id" in frame && frame.id)).size).toBe(10_001); // and welcome's none
  await expectOthersServed();
  await socket.close();
});

it("text that is not UTF-8 closes the JSON form with 4400", async () => {
  const socket = await BareSocket.open(gateway.url, { headers, subprotocol: "headgate.v1.json" });
  socket.socket.send(Uint8Array.of(0x7b, 0xff, 0x7d), { binary: false });
  expect(await socket.closed).toMatchObject({ code: 4400 });
});

describe("without a token", () => {
  it("64 KiB are enough: more closes with 4401, before it is a message", async () => {
    const socket = await BareSocket.open(gateway.url, { hello: false });
    socket.raw(new Uint8Array(70_000));
    expect((await socket.closed).code).toBe(4401);
    await expectOthersServed();
  });

  it("many small pieces count as one big", async () => {
    const socket = await BareSocket.open(gateway.url, { hello: false });
    for (let i = 0; i < 100; i++) socket.socket.send(new Uint8Array(1_000), { fin: false });
    expect((await socket.closed).code).toBe(4401);
  });

  it("a wrong one in hello closes with 4401, none in time with 4408", async () => {
    const wrongToken = await BareSocket.open(gateway.url, { hello: false });
    wrongToken.send({ type: "hello", token: "bad" }, infer(1));
    expect(await wrongToken.closed).toMatchObject({ code: 4401 });
    const silent = await BareSocket.open(gateway.url, { hello: false });
    expect(await silent.closed).toMatchObject({ code: 4408 });
  });

  it("a good one in hello opens the door, and big messages may follow", async () => {
    const socket = await BareSocket.open(gateway.url, { hello: false });
    socket.send({ type: "hello", token: "good" });
    await socket.next(({ type }) => type === "welcome");
    const rows = 256;
    for (let id = 1; id <= 10; id++) socket.send(infer(id, { inputs: { X: rowsOf(0.5, rows, 16) } }));
    for (let id = 1; id <= 10; id++) expect(await socket.answer(id)).toMatchObject({ type: "result" });
    await socket.close();
  });
});
