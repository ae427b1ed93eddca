/**
 * Answers that take long to write: they are written over several turns, count as in flight until then, and are not
 * larger than the client accepts.
 */
import { describe, expect, it } from "vitest";
import { contentDigest } from "../../gateway/requests/request-digest.js";
import { turnBudgetMs } from "../../gateway/turn-budget.js";
import type { GatewayFrame } from "../../protocol/frames.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import { testHouse, testSession } from "../support/house.js";
import { model, rowsOf } from "../support/servables.js";

const width = 200_000;
const strings = Array.from({ length: 50_000 }, (_, i) => `é${i}`);

/** The clock advances a millisecond each time it is read, so that each piece of work takes one. */
async function asked(subprotocol: string, max_message_bytes: number) {
  const test = testHouse({}, [model()]);
  const client = testSession(test, undefined, subprotocol);
  await client.send({ type: "hello", max_message_bytes });
  await client.send({ type: "infer", id: 7, model: "echo", inputs: { X: rowsOf(1.5) } });
  client.heard();
  const { clock } = test;
  const now = clock.now.bind(clock);
  const looks = new Map<number, number>();
  clock.now = () => {
    looks.set(clock.turn, (looks.get(clock.turn) ?? 0) + 1);
    clock.jump(1);
    return now();
  };
  const [run] = test.engine.runs;
  if (run === undefined) throw new Error("nothing runs");
  return { ...test, ...client, run, looks };
}

function outputsOf([frame]: readonly GatewayFrame[]) {
  if (frame?.type !== "result") throw new Error(`no result: ${JSON.stringify(frame)?.slice(0, 200)}`);
  return frame.outputs;
}

const numbers = () =>
  toWire({
    datatype: "FP32",
    shape: [1, width],
    data: Float32Array.from({ length: width }, (_, i) => i / 8),
  });
const texts = { datatype: "BYTES", shape: [1, strings.length], data: strings } as const;

describe.each([
  ["headgate.v1.json", numbers(), 98],
  ["headgate.v1.msgpack", texts, 48],
] as const)("a long answer in %s", (subprotocol, Y, pieces) => {
  it("is written over many turns, and is whole", async () => {
    const { run, clock, looks, session, heard } = await asked(subprotocol, 64 * 1024 * 1024);
    run.finishWith({ Y: fromWire(Y) });
    await Promise.resolve();
    await clock.settle();
    expect([...looks.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(pieces);
    expect(Math.max(...looks.values())).toBeLessThanOrEqual(2 * (turnBudgetMs + 1));
    const outputs = outputsOf(heard());
    expect(contentDigest({ inputs: outputs })).toBe(contentDigest({ inputs: { Y } }));
    expect(session.inFlight).toBe(0);
  });

  it("is no longer written than the client takes, and refused", async () => {
    const { run, clock, looks, heard, session } = await asked(subprotocol, 1_024);
    run.finishWith({ Y: fromWire(Y) });
    await clock.settle();
    expect([...looks.values()].reduce((sum, each) => sum + each, 0)).toBeLessThan(pieces / 2);
    expect(heard()).toMatchObject([{ type: "error", id: 7, code: "resource_exhausted" }]);
    expect(session.inFlight).toBe(0);
  });

  it("whose socket goes meanwhile is not written to its end", async () => {
    const { run, clock, looks, session, heard } = await asked(subprotocol, 64 * 1024 * 1024);
    run.finishWith({ Y: fromWire(Y) });
    const begun = clock.turn;
    const soon = clock.soon.bind(clock);
    let inFlight: number | undefined;
    clock.soon = (callback) => {
      if (clock.turn === begun + 3) {
        inFlight = session.inFlight;
        session.gone();
      }
      soon(callback);
    };
    await clock.settle();
    expect(inFlight).toBe(1);
    expect(looks.size).toBeLessThan(8);
    expect(heard()).toEqual([]);
  });
});
