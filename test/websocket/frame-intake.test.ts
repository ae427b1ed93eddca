/** Many frames at once: how many are handled in one turn, that their order is kept, and that none is lost. */
import { describe, expect, it } from "vitest";
import { FrameIntake } from "../../gateway/faces/websocket/frame-intake.js";
import { TurnBudget, turnBudgetMs } from "../../gateway/turn-budget.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { hello, testHouse, testSession } from "../support/house.js";
import { messageOf } from "../support/transport.js";

/** Each frame takes a millisecond; messages are written as words of letters. */
function harness() {
  const clock = new FakeClock();
  const acted: [turn: number, frame: string][] = [];
  const heard: unknown[] = [];
  let paused = false;
  const intake = new FrameIntake<string>(new TurnBudget(clock), {
    parse: (message) => {
      const word = new TextDecoder().decode(message as Uint8Array);
      if (word === "!") throw new Error("malformed");
      return [...word];
    },
    act: (frame) => {
      clock.jump(1);
      acted.push([clock.turn, frame]);
    },
    failed: (error) => void heard.push(error),
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
  });
  const take = (word: string) => intake.take(new TextEncoder().encode(word));
  return { clock, intake, take, acted, heard, isPaused: () => paused };
}

const word = (of: readonly [number, string][]) => of.map(([, frame]) => frame).join("");

describe("frames", () => {
  it("of one message are acted upon as many as fit a turn, while the socket waits", async () => {
    const { clock, take, acted, isPaused } = harness();
    take("abcdefghijklmnopqrstuvwxyz");
    expect(acted.length).toBe(turnBudgetMs);
    expect(isPaused()).toBe(true);
    await clock.settle();
    expect(word(acted)).toBe("abcdefghijklmnopqrstuvwxyz");
    for (let turn = 0; turn <= clock.turn; turn++)
      expect(acted.filter(([at]) => at === turn).length).toBeLessThanOrEqual(turnBudgetMs + 1);
    expect(isPaused()).toBe(false);
  });

  it("of messages that came meanwhile keep their order", async () => {
    const { clock, take, acted } = harness();
    for (const each of ["abcdefgh", "i", "j", "klmnop", "q"]) take(each);
    await clock.settle();
    expect(word(acted)).toBe("abcdefghijklmnopq");
    expect(acted.filter(([turn]) => turn === 0).length).toBe(turnBudgetMs);
  });

  it("before a malformed message are acted upon, those after it are not", async () => {
    const { clock, take, acted, heard } = harness();
    for (const each of ["abcdefgh", "!", "x"]) take(each);
    await clock.settle();
    expect(word(acted)).toBe("abcdefgh");
    expect(heard).toEqual([new Error("malformed")]);
  });
});

/** The clock advances a millisecond each time it is read, so that each frame takes a known time. */
describe("a session", () => {
  function greeted() {
    const test = testHouse();
    const client = testSession(test);
    client.session.receive(messageOf(client.transport.codec, [hello]));
    return { ...test, ...client };
  }

  const many: readonly [string, (id: number) => ClientFrame][] = [
    ["describe", (id) => ({ type: "describe", id })],
    ["state", (id) => ({ type: "state", id, stream: "none" })],
    ["open", (id) => ({ type: "open", id, stream: `S${id}`, detector: "openly" })],
    ["subscribe", (id) => ({ type: "subscribe", id, topic: `regime.S${id}` })],
    ["unsubscribe", (id) => ({ type: "unsubscribe", id, topic: "regime.none" })],
    ["close", (id) => ({ type: "close", id, stream: "none" })],
    ["refresh", (id) => ({ type: "refresh", id, token: "none" })],
    ["cancel", (id) => ({ type: "cancel", id })],
    ["infer", (id) => ({ type: "infer", id, model: "none", inputs: {} })],
    [
      "observe",
      () => ({
        type: "observe",
        stream: "none",
        ts: 1,
        values: toWire({ datatype: "FP64", shape: [1, 1], data: Float64Array.of(1) }),
      }),
    ],
  ];

  it.each(many)("takes %s, as many as a message holds, a turn's worth at a time", async (_, frame) => {
    const { clock, session, transport } = greeted();
    const now = clock.now.bind(clock);
    let looks = 0;
    const perTurn = new Map<number, number>();
    clock.now = () => {
      looks++;
      perTurn.set(clock.turn, (perTurn.get(clock.turn) ?? 0) + 1);
      clock.jump(1);
      return now();
    };
    const frames = Array.from({ length: limits.message_frames_max }, (_, id) => frame(id));
    session.receive(messageOf(transport.codec, frames));
    await clock.settle();
    expect(looks).toBeGreaterThanOrEqual(limits.message_frames_max - 1);
    // Each message has a few frames.
    expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(4 * (turnBudgetMs + 1));
    expect(transport.closes).toEqual([]);
    expect(transport.paused).toBe(false);
  });

  it("whose socket goes while its observations are taken loses none of them", async () => {
    const { clock, session, transport, streams } = greeted();
    const { stream } = streams.open("default", {
      stream: "SPX",
      detector: "openly",
    });
    const now = clock.now.bind(clock);
    clock.now = () => {
      clock.jump(1);
      return now();
    };
    const observe = (ts: number): ClientFrame => ({
      type: "observe",
      stream: "SPX",
      ts,
      values: toWire({ datatype: "FP64", shape: [1, 1], data: Float64Array.of(0.2) }),
    });
    session.receive(
      messageOf(
        transport.codec,
        Array.from({ length: 500 }, (_, i) => observe(i)),
      ),
    );
    session.gone();
    await clock.settle();
    expect(await stream.settled()).toMatchObject({ observations: 500, last_ts: 499 });
  });
});
