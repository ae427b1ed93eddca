/** When a second session of a version is opened on the thread of the sockets. */
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { ExecutionResult, Tensors } from "../../engines/engine.js";
import type { InlineTrial } from "../../engines/onnx/inline/trial-result.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { InlineEngine, type InlineSession } from "../../engines/pool/inline-engine.js";
import { InlineModels } from "../../gateway/models/inline-models.js";
import { MemoryBudget } from "../../gateway/models/memory-budget.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { FakeClock } from "../support/clock.js";
import { ScriptedEngine } from "../support/engine.js";

const X: Tensors = { X: { datatype: "FP32", shape: [1, 1], data: Float32Array.of(0.1) } };
const trial = (ms = 0.01): InlineTrial => ({
  possible: true,
  runs: [1, 8].map((rows) => ({ rows, ms: rows === 1 ? ms : 2 * ms })),
  sample: { inputs: X, outputs: { Y: X["X"] as Tensors[string] } },
});

class Session implements InlineSession {
  runs = 0;
  closed = false;
  constructor(private readonly answer: number) {}

  run(): ExecutionResult {
    this.runs++;
    const Y = { datatype: "FP32", shape: [1, 1], data: Float32Array.of(this.answer) } as const;
    return { outputs: { Y }, computeMs: 0.01, backend: "onnxruntime-cpu", precision: "FP32" };
  }

  close(): void {
    this.closed = true;
  }
}

async function harness({ memory = 100, runMs = 0.1, answer = 0.1 } = {}) {
  const clock = new FakeClock();
  const budget = new MemoryBudget(clock, memory, () => {});
  await budget.reserve("a", { bytes: 40, fileBytes: 10, busy: () => false, evict: () => {} });
  const engine = new InlineEngine(
    new ScriptedEngine(),
    { runMs, turnMs: 1 },
    () => clock.now(),
    () => {},
  );
  const turns = new TurnBudget(clock);
  const sessions: Session[] = [];
  const turnsOfOpening: number[] = [];
  const models = new InlineModels({
    engine,
    budget,
    nextTurn: () => turns.next(),
    log: pino({ level: "silent" }),
    runMs,
    open: async () => {
      const session = new Session(answer);
      sessions.push(session);
      turnsOfOpening.push(clock.turn);
      return session;
    },
  });
  const offer = async (made: InlineTrial = trial(), key = "a") => {
    const offered = models.offer(key, {} as ModelSource, made, 30);
    await clock.settle();
    await offered;
  };
  return { clock, budget, engine, models, sessions, turnsOfOpening, offer };
}

describe("a version that a worker has proven", () => {
  it("is opened here as well, warm, and counts twice in the memory for models", async () => {
    const { models, budget, sessions, offer } = await harness();
    await offer();
    expect(models.statusOf("a")).toEqual({ rows: 8 });
    expect(budget.bytes).toBe(70);
    expect(sessions[0]?.runs).toBeGreaterThan(1);
    models.close("a");
    budget.release("a");
    expect([sessions[0]?.closed, budget.bytes, models.statusOf("a").rows]).toEqual([true, 0, 0]);
  });

  it("stays the workers' where there is no memory for a second session", async () => {
    const { models, budget, sessions, offer } = await harness({ memory: 60 });
    await offer();
    expect(models.statusOf("a")).toEqual({ rows: 0, reason: expect.stringContaining("model_memory_bytes") });
    expect([budget.bytes, sessions.length]).toEqual([40, 0]);
  });

  it("stays theirs where a row takes too long, where the trial says so, and where none may be here", async () => {
    for (const [setting, made, reason] of [
      [{}, trial(0.2), "a row takes 200 us, more than the 100 of engine.inline_microseconds"],
      [{}, { possible: false, reason: "its inputs are texts" }, "its inputs are texts"],
      [{ runMs: 0 }, trial(), "engine.inline_microseconds is 0"],
    ] as const) {
      const { models, budget, sessions, offer } = await harness(setting);
      await offer(made);
      expect(models.statusOf("a")).toEqual({ rows: 0, reason });
      expect([budget.bytes, sessions.length]).toEqual([40, 0]);
    }
  });

  it("stays theirs when the session here answers with other bits", async () => {
    const { models, sessions, offer } = await harness({ answer: 0.100000001490116 + 1e-7 });
    await offer();
    expect(models.statusOf("a")).toEqual({ rows: 0, reason: expect.stringContaining("could not be opened") });
    expect(sessions[0]?.closed).toBe(true);
  });

  it("is not opened when it was closed while it waited for its turn of the event loop", async () => {
    const { clock, models, engine, sessions } = await harness();
    const offered = models.offer("a", {} as ModelSource, trial(), 30);
    models.close("a");
    await clock.settle();
    await offered;
    expect([sessions.length, engine.rowsMax("a"), models.statusOf("a")]).toEqual([0, 0, { rows: 0 }]);
  });

  it("is opened in a turn of its own", async () => {
    const { clock, budget, models, turnsOfOpening } = await harness({ memory: 1_000 });
    const keys = ["a", "b", "c"];
    for (const key of ["b", "c"])
      await budget.reserve(key, { bytes: 40, fileBytes: 10, busy: () => false, evict: () => {} });
    const offered = keys.map((key) => models.offer(key, {} as ModelSource, trial(), 30));
    await clock.settle();
    await Promise.all(offered);
    expect(new Set(turnsOfOpening).size).toBe(keys.length);
  });
});
