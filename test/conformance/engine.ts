/** The conformance suite of the port `Engine`. */
import { describe, expect, it } from "vitest";
import type {
  Engine,
  EngineWorker,
  Execution,
  ExecutionRequest,
  ExecutionResult,
} from "../../engines/engine.js";
import type { Lane } from "../../engines/lane.js";
import { HeadgateError } from "../../protocol/errors.js";

/** An engine and a servable to test it with; its output Y equals X, row by row. */
export interface EngineUnderTest {
  readonly engine: Engine;
  readonly lane: Lane;
  /** The runs that it has room for in one turn of the event loop; absent: the lane's depth. */
  readonly room?: number;
  /** The key of a servable that is open. */
  readonly key: string;
  /** Resolves when a worker has room again. */
  idle(): Promise<void>;
  /** Finishes the current runs; does nothing for an engine that computes by itself. */
  compute(): void;
  /** Gives a worker a run that it cannot finish, because the worker ends first. */
  lose(run: () => Execution): Execution;
}

export function engineConformance(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(`engine conformance: ${name}`, () => {
    const work = (
      { key }: EngineUnderTest,
      values: readonly number[],
      outputs: ExecutionRequest["outputs"] = null,
    ) => {
      const data = Float32Array.from(values.flatMap((value) => [value, -value]));
      return {
        key,
        inputs: { X: { datatype: "FP32", shape: [values.length, 2], data } },
        parameters: {},
        outputs,
      } as const;
    };
    const room = ({ room: stated, lane }: EngineUnderTest) => stated ?? lane.depth;
    const worker = async ({ engine, lane, key, idle }: EngineUnderTest): Promise<EngineWorker> => {
      for (;;) {
        engine.beginTurn();
        const found = engine.idleWorker(lane, key, 1);
        if (found !== undefined) return found;
        await idle();
      }
    };
    const answered = async (of: EngineUnderTest, values: readonly number[]): Promise<ExecutionResult> => {
      const { done } = (await worker(of)).run(work(of, values));
      of.compute();
      return done;
    };

    it("answers a batch row by row, with the worker that computed it and the time it took", async () => {
      const of = await open();
      const { outputs, computeMs, backend, precision, refused = [] } = await answered(of, [1, 2, 3]);
      expect(outputs["Y"]).toMatchObject({ datatype: "FP32", shape: [3, 2] });
      expect(outputs["Y"]?.data).toEqual(Float32Array.of(1, -1, 2, -2, 3, -3));
      expect(computeMs).toBeGreaterThanOrEqual(0);
      expect([typeof backend, typeof precision, refused]).toEqual(["string", "string", []]);
      expect(backend).not.toBe("");
    });

    it("returns the requested outputs", async () => {
      const of = await open();
      const { done } = (await worker(of)).run(work(of, [1], ["Y"]));
      of.compute();
      expect(Object.keys((await done).outputs)).toEqual(["Y"]);
    });

    it("accepts only as many runs as it has room for, names the worker of each, and has room again when they are done", async () => {
      const of = await open();
      const runs: Promise<ExecutionResult>[] = [];
      const jobs = new Map<EngineWorker, Set<number>>();
      of.engine.beginTurn();
      for (let value = 1; value <= room(of) + 1; value++) {
        const free = of.engine.idleWorker(of.lane, of.key, 1);
        if (free === undefined) break;
        const { job, done } = free.run(work(of, [value]));
        const ofWorker = jobs.get(free) ?? new Set();
        jobs.set(free, ofWorker.add(job));
        runs.push(done);
      }
      expect(runs.length).toBeGreaterThan(0);
      expect(runs.length).toBeLessThanOrEqual(room(of));
      expect([...jobs.values()].reduce((sum, { size }) => sum + size, 0)).toBe(runs.length);
      const ms = of.engine.msUntilRoom(of.lane, of.key);
      expect(ms === undefined || ms >= 0).toBe(true);
      of.compute();
      const values = (await Promise.all(runs)).map(({ outputs }) => outputs["Y"]?.data[0]);
      expect(values).toEqual(runs.map((_, i) => i + 1));
      expect((await answered(of, [9])).outputs["Y"]?.data[0]).toBe(9);
    });

    it("ignores the abort of a job that is over, or that never existed", async () => {
      const of = await open();
      const one = await worker(of);
      const { job, done } = one.run(work(of, [1]));
      of.compute();
      await done;
      one.abort(job);
      one.abort(job + 1_000);
      expect((await answered(of, [2])).outputs["Y"]?.data[0]).toBe(2);
    });

    it("fails the runs of a worker that ends, and has a worker again", async () => {
      const of = await open();
      const one = await worker(of);
      const { done } = of.lose(() => one.run(work(of, [1])));
      const told = expect(done).rejects.toSatisfy(
        (error: unknown) => error instanceof HeadgateError && error.code === "unavailable",
      );
      await told;
      expect((await answered(of, [2])).outputs["Y"]?.data[0]).toBe(2);
    });
  });
}
