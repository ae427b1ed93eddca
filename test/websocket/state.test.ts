/** `state`, `open` with a history, and heartbeats, over a session as a client sees them. */
import { describe, expect, it } from "vitest";
import type { AckFrame, ClientFrame, HeartbeatFrame, StateAckFrame } from "../../protocol/frames.js";
import { fromWire, toWire, type WireTensor } from "../../protocol/tensor.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { change, publish } from "../support/regimes.js";

const numbers = (tensor: WireTensor | undefined) => tensor && Array.from(fromWire(tensor).data, Number);
const open: ClientFrame & { type: "open" } = { type: "open", id: 1, stream: "SPX", detector: "openly" };

function rows(ts: readonly number[], values: readonly number[]) {
  return { ts, values: toWire({ datatype: "FP64", shape: [ts.length, 1], data: Float64Array.from(values) }) };
}

async function session() {
  const house = testHouse();
  const one = testSession(house);
  await one.send(hello);
  one.heard();
  return { house, ...one };
}

describe("state", () => {
  it("tells where a stream stands, with all that was given before it", async () => {
    const { send, heard } = await session();
    const observe: ClientFrame = { type: "observe", stream: "SPX", ...rows([1, 2], [1, 1]) };
    await send(open, observe, { type: "state", id: 2, stream: "SPX" });
    const [, ack] = heard();
    expect(ack).toMatchObject({
      type: "ack",
      id: 2,
      state: { regime: "turbulent", observations: 2, last_ts: 2 },
    });
    expect((ack as AckFrame)["path"]).toBeUndefined();
  });

  it("gives the filtered path: what was said of each observation when it came", async () => {
    const { send, heard } = await session();
    await send(open, { type: "observe", stream: "SPX", ...rows([1, 2, 3, 4], [0.25, 1, 1, 0.5]) });
    await send({ type: "state", id: 2, stream: "SPX", path: "filtered", limit: 3 });
    const { path } = heard().at(-1) as StateAckFrame;
    expect(path).toMatchObject({ kind: "filtered", causal: true, regimes: ["calm", "turbulent"] });
    expect(numbers(path?.ts)).toEqual([2, 3, 4]);
    expect(numbers(path?.regime)).toEqual([-1, 1, 1]);
    expect(numbers(path?.probabilities)).toEqual([0, 1, 0, 1, 0.5, 0.5]);
    expect(path).not.toHaveProperty("values");
  });

  it("gives with the path what was observed, when it is asked for", async () => {
    const { send, heard } = await session();
    await send(open, { type: "state", id: 2, stream: "SPX", path: "filtered", values: true });
    const empty = heard().at(-1) as StateAckFrame;
    expect(empty.path?.values).toMatchObject({ datatype: "FP64", shape: [0, 0] });
    await send({ type: "observe", stream: "SPX", ...rows([1, 2, 3], [0.25, 1, 0.5]) });
    await send({ type: "state", id: 3, stream: "SPX", path: "filtered", limit: 2, values: true });
    const { path } = heard().at(-1) as StateAckFrame;
    expect(path?.values?.shape).toEqual([2, 1]);
    expect(numbers(path?.values)).toEqual([1, 0.5]);
  });

  it("is refused where there is no stream, or no smoothed path", async () => {
    const { send, heard } = await session();
    await send(open, { type: "state", id: 2, stream: "none" });
    await send({ type: "state", id: 3, stream: "SPX", path: "smoothed" });
    const errors = heard().filter(({ type }) => type === "error");
    expect(errors).toMatchObject([
      { id: 2, code: "not_found", stream: "none" },
      { id: 3, code: "failed_precondition", message: expect.stringMatching(/^path: openly/) },
    ]);
  });
});

describe("open with a history", () => {
  it("warms the stream and brings no event; what follows changes from there", async () => {
    const { house, send, heard } = await session();
    const history = rows([1, 2, 3, 4, 5], [0, 0, 1, 1, 1]);
    await send(open && { ...open, history }, { type: "subscribe", id: 2, topic: "regime.SPX" });
    expect(heard()).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ type: "ack", id: 1, created: true, observations: 5, last_ts: 5 }),
      ]),
    );
    expect(house.journal.position).toBe(0);
    await send({ type: "observe", stream: "SPX", ...rows([6, 7], [0, 0]) });
    expect(heard()).toMatchObject([{ type: "event", offset: 1, data: { from: "turbulent", to: "calm" } }]);
  });

  it("is ignored by a stream that is open", async () => {
    const { send, heard } = await session();
    await send(open);
    await send({ ...open, id: 2, history: rows([1], [0]) });
    expect(heard().at(-1)).toMatchObject({ id: 2, created: false, observations: 0 });
  });

  it("that is wrong opens nothing, and says where", async () => {
    const { send, heard } = await session();
    await send({ ...open, history: rows([2, 1], [0, 0]) }, { type: "state", id: 2, stream: "SPX" });
    const values = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(0) });
    await send({ ...open, id: 3, history: { ts: [1, 2], values } });
    await send({ ...open, id: 4, history: rows([1], [Number.NaN]) });
    await send({ type: "state", id: 5, stream: "SPX" });
    expect(heard()).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ id: 1, code: "failed_precondition" }),
        expect.objectContaining({ id: 2, type: "error" }),
        expect.objectContaining({ id: 3, message: expect.stringMatching(/^history\.values\.shape: /) }),
        expect.objectContaining({ id: 4, message: expect.stringMatching(/^history\.values: NaN/) }),
        expect.objectContaining({ id: 5, code: "not_found" }),
      ]),
    );
  });
});

describe("heartbeat_ms", () => {
  const beats = (frames: readonly { readonly type: string }[]) =>
    frames.filter((frame): frame is HeartbeatFrame => frame.type === "heartbeat");

  it("shows that a topic lives, its newest offset, and how long its feed is silent", async () => {
    const { house, send, heard } = await session();
    await send(open, { type: "observe", stream: "SPX", ...rows([7, 8], [1, 1]) });
    await send({ type: "subscribe", id: 2, topic: "regime.SPX", heartbeat_ms: 1_000 });
    heard();
    await house.clock.advance(2_500);
    expect(beats(heard())).toMatchObject([
      { topic: "regime.SPX", offset: 1, position: 1, last_ts: 8, silent_ms: 1_000 },
      { offset: 1, last_ts: 8, silent_ms: 2_000 },
    ]);
    await send({ type: "observe", stream: "SPX", ...rows([9], [1]) });
    await house.clock.advance(600);
    expect(beats(heard())).toMatchObject([{ last_ts: 9, silent_ms: 500 }]);
    await send({ type: "unsubscribe", id: 3, topic: "regime.SPX" });
    heard();
    await house.clock.advance(5_000);
    expect(heard()).toEqual([]);
  });

  it("of a topic without a stream, and of the pattern, says what there is to say", async () => {
    const { house, send, heard } = await session();
    await send({ type: "subscribe", id: 1, topic: "regime.none", heartbeat_ms: 1_000 });
    await send({ type: "subscribe", id: 2, topic: "regime.*", heartbeat_ms: 1_000 });
    await publish(house, { namespace: "default", topic: "regime.SPX" }, change());
    heard();
    await house.clock.advance(1_000);
    const [none, all] = beats(heard());
    expect(none).toMatchObject({
      topic: "regime.none",
      offset: 0,
      position: 1,
      last_ts: null,
      silent_ms: null,
    });
    expect(all).toMatchObject({ topic: "regime.*", position: 1, last_ts: null, silent_ms: null });
    expect(all).not.toHaveProperty("offset");
  });

  it("is bounded", async () => {
    const { send, heard } = await session();
    await send({ type: "subscribe", id: 1, topic: "regime.SPX", heartbeat_ms: 10 });
    expect(heard()).toMatchObject([
      { type: "error", id: 1, message: expect.stringMatching(/^heartbeat_ms: /) },
    ]);
  });
});
