import { describe, expect, it } from "vitest";
import { FlushScheduler } from "../../gateway/faces/websocket/flush-scheduler.js";
import { Outbox } from "../../gateway/faces/websocket/outbox.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { limits } from "../../protocol/limits.js";
import { FakeClock } from "../support/clock.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { codec, ScriptedTransport } from "../support/transport.js";

/** An ack of exactly this many bytes. */
const frame = (bytes: number, id = 1) => {
  const ack = (letters: number) => codec().encode({ type: "ack", id, filler: "x".repeat(letters) });
  const room = bytes - ack(0).length;
  const fitting = [0, 1, 2, 4].map((header) => ack(room - header)).find(({ length }) => length === bytes);
  if (fitting === undefined) throw new Error(`no ack has ${bytes} bytes`);
  return fitting;
};
const sizes = (transport: ScriptedTransport) => transport.messages.map((message) => message.length);

function harness(pushedBytesMax = 1_000_000, answeredBytesMax = 1_000_000, form = codec()) {
  const transport = new ScriptedTransport(form);
  let overflows = 0;
  const overflow = () => {
    overflows++;
  };
  const departures = new FlushScheduler(new TurnBudget(new FakeClock()));
  const max = { pushedBytesMax, answeredBytesMax };
  const outbox = new Outbox(transport, transport.codec, max, overflow, departures);
  return { transport, outbox, overflows: () => overflows };
}

describe("gathering", () => {
  it("sends what is ready in one turn as one message, in order", async () => {
    const { transport, outbox } = harness();
    for (const id of [1, 2, 3]) outbox.answer(frame(100, id));
    expect(transport.messages).toHaveLength(0);
    await Promise.resolve();
    expect(transport.batches.map((batch) => batch.map((each) => "id" in each && each.id))).toEqual([
      [1, 2, 3],
    ]);
  });

  it("makes messages of up to 64 KiB, and sends a bigger frame alone", async () => {
    const { transport, outbox } = harness();
    for (const bytes of [40_000, 20_000, 20_000, 100_000, 40]) outbox.answer(frame(bytes));
    await Promise.resolve();
    expect(sizes(transport)).toEqual([60_000, 20_000, 100_000, 40]);
  });

  it("keeps to what the client takes when that is less", async () => {
    const { transport, outbox } = harness();
    outbox.gatherBytesMax = 1_024;
    for (let i = 0; i < 5; i++) outbox.answer(frame(500));
    await Promise.resolve();
    expect(sizes(transport)).toEqual([1_000, 1_000, 500]);
  });

  it("counts the line ends between the frames of a JSON message", async () => {
    const { transport, outbox } = harness(1_000_000, 1_000_000, codec("headgate.v1.json"));
    outbox.gatherBytesMax = 1_024;
    // An ack of 256 bytes: four of them fit without the three line ends, and do not fit with them.
    const ack = transport.codec.encode({ type: "ack", id: 1, filler: "x".repeat(256 - 33) });
    expect(transport.codec.size(ack)).toBe(256);
    for (let i = 0; i < 4; i++) outbox.answer(ack);
    await Promise.resolve();
    expect(sizes(transport)).toEqual([256 * 3 + 2, 256]);
  });

  it("puts no more frames into a message than a message may hold", async () => {
    const { transport, outbox } = harness();
    const small = codec().encode({ type: "ack", id: 1 });
    for (let i = 0; i < limits.message_frames_max + 1; i++) outbox.answer(small);
    await Promise.resolve();
    expect(transport.batches.map((batch) => batch.length)).toEqual([limits.message_frames_max, 1]);
  });
});

describe("what is pushed", () => {
  it("is bounded by what has not left", async () => {
    const { transport, outbox, overflows } = harness(1_000);
    transport.stuck = true;
    for (let i = 0; i < 10; i++) outbox.push(frame(100));
    await Promise.resolve();
    expect(overflows()).toBe(0);
    outbox.push(frame(100));
    expect(overflows()).toBe(1);
    expect(transport.frames).toHaveLength(10);
  });

  it("has its room again once it left", async () => {
    const { transport, outbox, overflows } = harness(1_000);
    transport.stuck = true;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10; i++) outbox.push(frame(100));
      await Promise.resolve();
      transport.leave();
    }
    expect(overflows()).toBe(0);
    expect(transport.frames).toHaveLength(30);
  });

  it("may be one frame bigger than the bound: it could never be sent otherwise", () => {
    const { outbox, overflows } = harness(1_000);
    outbox.push(frame(5_000));
    expect(overflows()).toBe(0);
  });

  it("is not crowded out by answers", async () => {
    const { transport, outbox, overflows } = harness(1_000);
    transport.stuck = true;
    outbox.answer(frame(50_000));
    outbox.push(frame(100));
    await Promise.resolve();
    expect(overflows()).toBe(0);
    expect(outbox.crowded).toBe(false);
  });

  it("is crowded past half its bound, and tells when all has left", async () => {
    const { transport, outbox } = harness(1_000);
    transport.stuck = true;
    for (let i = 0; i < 5; i++) outbox.push(frame(100));
    expect(outbox.crowded).toBe(false);
    outbox.push(frame(100));
    expect(outbox.crowded).toBe(true);
    await Promise.resolve();
    let drained = false;
    const waiting = outbox.drained().then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect(drained).toBe(false);
    transport.leave();
    await waiting;
    expect([outbox.crowded, outbox.busy]).toEqual([false, false]);
  });

  it("lets whoever waits for it go when the connection ends", async () => {
    const { transport, outbox } = harness(1_000);
    transport.stuck = true;
    outbox.push(frame(100));
    const waiting = outbox.drained();
    outbox.abandon();
    await waiting;
    await Promise.resolve();
    expect(transport.messages).toEqual([]);
  });
});

describe("answers that nobody reads", () => {
  it("are bounded too: a client that asks and never reads must not take the memory", async () => {
    const test = testHouse({ limits: { bytes_in_flight: 100_000 } });
    const { send, transport } = testSession(test);
    await send(hello);
    transport.stuck = true;
    for (let id = 0; id < 1_000 && transport.closes.length === 0; id++) await send({ type: "describe", id });
    expect(transport.closes).toMatchObject([{ code: 4480 }]);
    expect(transport.bufferedBytes).toBeLessThan(200_000);
  });

  it("may be one answer of any size", async () => {
    const { transport, outbox, overflows } = harness(1_000, 1_000);
    transport.stuck = true;
    outbox.answer(frame(90_000));
    expect(overflows()).toBe(0);
    outbox.answer(frame(100));
    expect(overflows()).toBe(1);
  });
});
