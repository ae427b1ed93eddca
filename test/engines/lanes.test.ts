/** A lane that nothing in the house knows of: its host is a module that the lane names. Real workers. */
import { afterEach, expect, it } from "vitest";
import type { Lane } from "../../engines/lane.js";
import { LocalEngine } from "../../engines/pool/local-engine.js";
import { Pool } from "../../engines/pool/pool.js";
import type { WorkerEvents } from "../../engines/pool/worker-handle.js";

interface Factor {
  readonly by: number;
  readonly bytes: number;
}

const scaling = `
  export const openHost = async ({ unit }, { learned, fellBack }) => {
    const factors = new Map();
    learned({ unit: unit + 1 });
    fellBack("a calculator was asked");
    return {
      load: async (key, { by }) => (factors.set(key, by), { opened: key, unit }),
      run: async ({ key, inputs }) => {
        const data = inputs.X.data.map((each) => each * factors.get(key) * unit);
        return { outputs: { Y: { ...inputs.X, data } }, computeMs: 0, backend: "scaling", precision: "FP64" };
      },
    };
  };`;

const laneOf = (program: string): Lane => ({
  name: "scaling",
  host: `data:text/javascript,${encodeURIComponent(program)}`,
  depth: 3,
  holdsModels: true,
  inBatches: false,
});

let engine: LocalEngine | undefined;
afterEach(() => engine?.close());

function poolOf(program: string, events: Partial<WorkerEvents<{ unit: number }>> = {}) {
  const unheard = { idle: () => {}, died: () => {}, lost: () => {}, learned: () => {}, fallback: () => {} };
  const pool = new Pool<Factor, { opened: string; unit: number }>({
    lane: laneOf(program),
    programs: new URL("../../dist/engines/", import.meta.url),
    settings: { unit: 10 },
    workers: 1,
    workersMax: 1,
    busyPollMs: 0,
    events: { ...unheard, ...events },
  });
  engine = new LocalEngine([pool]);
  return { pool, engine };
}

const ask = (of: LocalEngine, lane: Lane) => {
  const X = { datatype: "FP64", shape: [2], data: Float64Array.of(1, 2) } as const;
  return of.idleWorker(lane, "by@3")?.run({ key: "by@3", inputs: { X }, parameters: {}, outputs: null }).done;
};

it("runs what its host makes of its settings, as deep as it says, and tells what the host tells", async () => {
  const told: unknown[] = [];
  const { pool, engine: made } = poolOf(scaling, {
    learned: (settings) => told.push(settings),
    fallback: ({ lane }, message) => told.push(`${lane.name}: ${message}`),
  });
  expect(await pool.load("by@3", { by: 3, bytes: 1 }, 1)).toEqual({ opened: "by@3", unit: 10 });
  expect(pool.workers[0]?.room).toBe(3);
  expect((await ask(made, pool.lane))?.outputs["Y"]?.data).toEqual(Float64Array.of(30, 60));
  expect(told).toEqual([{ unit: 11 }, "scaling: a calculator was asked"]);
});

it("comes back after a death with what it held and what its host had learned", async () => {
  const idle: (() => void)[] = [];
  const { pool, engine: made } = poolOf(scaling, { idle: () => idle.shift()?.() });
  await pool.load("by@3", { by: 3, bytes: 1 }, 1);
  await pool.workers[0]?.kill();
  while (made.idleWorker(pool.lane, "by@3") === undefined)
    await new Promise<void>((resolve) => idle.push(resolve));
  expect((await ask(made, pool.lane))?.outputs["Y"]?.data).toEqual(Float64Array.of(33, 66));
});

it("says what is wrong where the module makes no host", async () => {
  const reason = await new Promise<string>((resolve) => {
    poolOf("export const host = 1;", { died: (_worker, why) => resolve(why) });
  });
  expect(reason).toMatch(/must export openHost/);
});

it("a lane that has no pool is a broken invariant, and is named", () => {
  const { engine: made } = poolOf(scaling);
  expect(() => made.idleWorker({ ...laneOf(""), name: "absent" }, "x@1")).toThrow(/no pool.*absent/);
});
