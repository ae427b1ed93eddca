/** The thread of the sockets before workers: what it takes, what it leaves to them. */
import { describe, expect, it } from "vitest";
import type { EngineWorker, ExecutionRequest, Tensors } from "../../engines/engine.js";
import { modelLane as lane } from "../../engines/onnx/lane.js";
import { InlineEngine } from "../../engines/pool/inline-engine.js";
import { ScriptedEngine } from "../support/engine.js";

const limits = { runMs: 0.1, turnMs: 0.2 };
const sizes = [1, 8].map((rows) => ({ rows, ms: 0.01 }));

/** An engine whose own sessions answer Y = X and say that they took so long. */
function harness(workers = new ScriptedEngine(2)) {
  const clock = { now: 0, again: 0 };
  const engine = new InlineEngine(
    workers,
    limits,
    () => clock.now,
    () => clock.again++,
  );
  const closed: string[] = [];
  const open = (key: string, computeMs = 0.01) =>
    engine.open(
      key,
      {
        run: ({ X }: Tensors) => ({
          outputs: X === undefined ? {} : { Y: X },
          computeMs,
          backend: "inline",
          precision: "FP32",
        }),
        close: () => closed.push(key),
      },
      sizes,
    );
  const ask = (key: string, rows = 1) => engine.idleWorker(lane, key, rows);
  return { engine, workers, clock, closed, open, ask };
}

const work = (key: string, rows = 1): ExecutionRequest => ({
  key,
  inputs: { X: { datatype: "FP32", shape: [rows, 1], data: new Float32Array(rows) } },
  parameters: {},
  outputs: null,
});

const run = async (worker: EngineWorker | undefined, key: string, rows = 1) =>
  (await worker?.run(work(key, rows)).done)?.backend;

describe("a version that is open beside the sockets", () => {
  it("computes a batch in each turn; a second one of the turn is a worker's", async () => {
    const { engine, workers, open, ask } = harness();
    open("a");
    engine.beginTurn();
    expect(await run(ask("a"), "a")).toBe("inline");
    void ask("a")?.run(work("a"));
    expect(workers.runs).toHaveLength(1);
    engine.beginTurn();
    expect(await run(ask("a"), "a")).toBe("inline");
  });

  it("leaves batches to workers that are larger than those that were measured, and other versions", async () => {
    const { engine, workers, open, ask } = harness();
    open("a");
    engine.beginTurn();
    void ask("a", 9)?.run(work("a", 9));
    void ask("b")?.run(work("b"));
    expect(workers.runs).toHaveLength(2);
    expect(await run(ask("a", 8), "a", 8)).toBe("inline");
  });

  it("shares the time of a turn with all other versions, whatever it was expected to take", async () => {
    const { engine, workers, open, ask } = harness(new ScriptedEngine(8));
    for (const key of ["a", "b", "c", "d"]) open(key, 0.09);
    engine.beginTurn();
    const backends = [];
    for (const key of ["a", "b", "c", "d"]) {
      const worker = ask(key);
      const done = worker?.run(work(key)).done;
      workers.finishAll();
      backends.push((await done)?.backend);
    }
    expect(backends).toEqual(["inline", "inline", "inline", "scripted"]);
  });

  it("asks for another turn where this one is over and no worker has room", () => {
    const { engine, clock, open, ask } = harness(new ScriptedEngine(0));
    open("a");
    engine.beginTurn();
    void ask("a")?.run(work("a"));
    expect([ask("a"), clock.again]).toEqual([undefined, 1]);
    expect([ask("b"), clock.again]).toEqual([undefined, 1]);
  });

  it("is left aside when its runs have become long, and taken again by the workers' times", async () => {
    const { engine, clock, open, ask } = harness(new ScriptedEngine(0));
    open("a", 5);
    const { revision } = engine;
    for (let turn = 0; turn < 5; turn++) {
      engine.beginTurn();
      await ask("a")?.run(work("a")).done;
    }
    expect(engine.revision).toBe(revision + 1);
    engine.beginTurn();
    expect([ask("a"), engine.rowsMax("a"), clock.again]).toEqual([undefined, 0, 0]);
    clock.now = 5_000;
    for (let i = 0; i < 7; i++) engine.computedInWorker("a", 1, 0.05);
    expect([ask("a") === undefined, engine.rowsMax("a")]).toEqual([false, 8]);
    expect(engine.revision).toBe(revision + 2);
    engine.close("a");
    expect(engine.revision).toBe(revision + 3);
  });

  it("counts the time of runs that fail: of the turn, and of the version", async () => {
    const { engine, clock, ask, open } = harness(new ScriptedEngine(0));
    const run = () => {
      clock.now += 5;
      throw new Error("an index out of its bounds");
    };
    engine.open("a", { run, close: () => {} }, sizes);
    open("b");
    for (let turn = 0; turn < 4; turn++) {
      engine.beginTurn();
      await expect(ask("a")?.run(work("a")).done).rejects.toThrow("out of its bounds");
      expect(ask("b")).toBeUndefined();
    }
    expect(engine.rowsMax("a")).toBe(0);
  });

  it("says of an answer that it was computed there", async () => {
    const { engine, open, ask } = harness();
    open("a");
    engine.beginTurn();
    expect(await ask("a")?.run(work("a")).done).toMatchObject({ inline: true, computeMs: 0.01 });
  });

  it("is closed with the version, and by the version that takes its place; a run after that did not begin", async () => {
    const { engine, closed, open, ask } = harness();
    open("a");
    engine.beginTurn();
    const worker = ask("a");
    open("a");
    expect(closed).toEqual(["a"]);
    await expect(worker?.run(work("a")).done).rejects.toMatchObject({ code: "unavailable", processed: "no" });
    engine.closeAll();
    expect([closed.length, engine.rowsMax("a")]).toEqual([2, 0]);
  });
});
