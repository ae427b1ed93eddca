/** The life of schedules around retrainings that a test settles: under a fake clock, over failures and restarts. */
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { anonymous } from "../../gateway/auth/principal.js";
import { MemoryScheduleStore } from "../../gateway/schedules/memory-schedule-store.js";
import type { Retraining, ScheduleRecord } from "../../gateway/schedules/schedule-record.js";
import type { ScheduleStore } from "../../gateway/schedules/schedule-store.js";
import { Schedules } from "../../gateway/schedules/schedules.js";
import { HeadgateError } from "../../protocol/errors.js";
import type {
  ChallengerKept,
  RetrainDecision,
  RetrainFailed,
  RetrainTrigger,
  ScheduleSettings,
} from "../../protocol/schedule-frames.js";
import { FakeClock } from "../support/clock.js";

const intervalMs = 5_000;

/** What outlives a gateway: the disk, the jobs, the data. */
class World {
  readonly clock = new FakeClock();
  readonly store = new MemoryScheduleStore();
  rows = 100;
  table = "a";
  isThere = true;
  observations = 0;
  stream = 1;
  /** The retrainings that have begun, by their number, and how they will end. */
  readonly begun: number[] = [];
  readonly finished: number[] = [];
  /** What became of each: it is the same, however often it is asked for. */
  readonly results = new Map<number, "done" | "fail">();
  running: number | undefined;
  outcome: "wait" | "done" | "fail" | "busy" = "wait";
  refuses = false;
  diskRefuses = false;
  /** Milliseconds that a step takes. */
  stepMs = 0;
  readonly cancelled: string[] = [];
}

const decision = (promoted: boolean): RetrainDecision => ({
  ts: 0,
  version: "2",
  promoted,
  reason: promoted ? "not_worse" : "worse",
  score: "accuracy",
  candidate: 0.5,
  champion: "1",
  champion_score: 0.5,
  rows: [0, 1],
  champion_trained_on: "none",
  message: null,
});

/** One gateway's life. */
class Life {
  readonly events: (ChallengerKept | RetrainFailed)[] = [];
  readonly schedules: Schedules;
  private dead = false;
  /** Steps that are under way. */
  private steps = 0;

  constructor(
    readonly world: World,
    limits = { countMax: 10, tenantCountMax: 3, intervalMs },
  ) {
    this.schedules = new Schedules({
      store: this.mortal(world.store),
      retrainings: {
        begin: (record) => this.begin(record),
        advance: (record) => this.advance(record),
        cancel: async (record) => void world.cancelled.push(record.settings.schedule),
      },
      sources: () => ({
        rows: () => (world.isThere ? { table: world.table, rows: world.rows } : undefined),
        observations: () =>
          world.isThere ? { stream: world.stream, observations: world.observations } : undefined,
      }),
      clock: world.clock,
      limits,
      ended: (event) => void this.events.push(event),
      notWritten: () => {},
      failed: (error) => {
        throw error;
      },
    });
    this.schedules.start();
  }

  kill(): void {
    this.dead = true;
    void this.schedules.stop();
  }

  private mortal(store: ScheduleStore): ScheduleStore {
    const alive = (work: () => Promise<void>) => {
      if (this.dead) return new Promise<void>(() => {});
      return this.world.diskRefuses ? Promise.reject(new Error("No space left on device")) : work();
    };
    return {
      records: () => store.records(),
      put: (record) => alive(() => store.put(record)),
      remove: (...named) => alive(() => store.remove(...named)),
    };
  }

  private begin({ settings }: ScheduleRecord): Retraining {
    const { world } = this;
    if (world.refuses)
      throw new HeadgateError("not_found", `inputs.X.ref: ${settings.inputs["X"]?.ref} is gone`);
    const rows = { table: world.table, from: 0, to: world.rows };
    return { stage: "train", startedTs: world.clock.wall(), rows, version: null, decision: null };
  }

  /** A job that is named after the retraining: it begins once, whoever asks how often. */
  private async advance(record: ScheduleRecord): Promise<ScheduleRecord> {
    const { world } = this;
    if (++this.steps > 1) throw new Error("two steps at once");
    if (world.stepMs > 0) await new Promise<void>((resolve) => world.clock.after(world.stepMs, resolve));
    this.steps--;
    if (this.dead) return new Promise(() => {});
    const { retrains } = record;
    const known = world.results.get(retrains);
    if (known !== undefined) return ended(record, known);
    if (world.running !== retrains) {
      if (world.running !== undefined) throw new Error("two retrainings at once");
      if (world.outcome === "busy") throw new HeadgateError("resource_exhausted", "too many jobs wait");
      world.running = retrains;
      world.begun.push(retrains);
      return record;
    }
    if (world.outcome === "wait" || world.outcome === "busy") return record;
    world.running = undefined;
    world.finished.push(retrains);
    world.results.set(retrains, world.outcome);
    return ended(record, world.outcome);
  }
}

function ended(record: ScheduleRecord, result: "done" | "fail"): ScheduleRecord {
  if (result === "fail") throw new HeadgateError("failed_precondition", "the fit failed");
  return { ...record, retraining: null, last: decision(false), error: null };
}

const settings = (trigger: RetrainTrigger, change: Partial<ScheduleSettings> = {}): ScheduleSettings => ({
  schedule: "nightly",
  model: "mine",
  trainer: "ridge",
  inputs: { X: { ref: "bars" }, y: { ref: "labels" } },
  trigger,
  validation: { rows: 10 },
  ...change,
});

const principal = anonymous(1);
const put = (life: Life, trigger: RetrainTrigger, change: Partial<ScheduleSettings> = {}, replace = false) =>
  life.schedules.put({ settings: settings(trigger, change), replace, principal });
const rows = { dataset: "bars", every_rows: 10 };
const stored = ({ store }: World) => store.records()[0];

function alive(world = new World()): Life {
  const life = new Life(world);
  onTestFinished(() => life.kill());
  return life;
}

describe("a schedule", () => {
  test("begins once n rows have come, and counts from there", async () => {
    const life = alive();
    const { world } = life;
    expect(await put(life, rows)).toBe(true);
    world.rows += 9;
    await world.clock.advance(10_000);
    expect(world.begun).toEqual([]);
    world.rows += 1;
    await world.clock.advance(2_000);
    expect(world.begun).toEqual([1]);
    world.outcome = "done";
    await world.clock.advance(10_000);
    expect([world.finished, stored(world)?.retraining]).toEqual([[1], null]);
    expect(stored(world)?.mark).toEqual({ kind: "rows", table: "a", rows: 110 });
    expect(life.events).toMatchObject([{ kind: "challenger_kept", version: "2", reason: "worse" }]);
  });

  test("that falls due while it retrains, however often, begins once more at its end", async () => {
    const life = alive();
    const { world } = life;
    await put(life, rows);
    world.rows += 10;
    await world.clock.advance(2_000);
    for (let i = 0; i < 5; i++) {
      world.rows += 10;
      await world.clock.advance(20_000);
    }
    expect(world.begun).toEqual([1]);
    world.outcome = "done";
    await world.clock.advance(2_000);
    world.outcome = "wait";
    await world.clock.advance(60_000);
    expect(world.begun).toEqual([1, 2]);
  });

  test("does not begin twice within the interval", async () => {
    const life = alive();
    const { world } = life;
    world.outcome = "done";
    await put(life, { dataset: "bars", every_rows: 1 });
    for (let ms = 0; ms < 60_000; ms += 500) {
      world.rows++;
      await world.clock.advance(500);
    }
    expect(world.begun.length).toBeGreaterThan(8);
    expect(world.begun.length).toBeLessThanOrEqual(60_000 / intervalMs + 1);
    await expect(put(life, { every_ms: intervalMs - 1 }, { schedule: "other" })).rejects.toThrow(
      "trigger.every_ms: 4999 is less than 5000",
    );
  });

  test("that fails says why, and waits for the next time", async () => {
    const life = alive();
    const { world } = life;
    world.outcome = "fail";
    await put(life, rows);
    world.rows += 10;
    await world.clock.advance(600_000);
    expect([world.begun, world.finished]).toEqual([[1], [1]]);
    expect(stored(world)?.error).toMatchObject({ code: "failed_precondition", message: "the fit failed" });
    expect(life.events).toEqual([
      { kind: "retrain_failed", model: "mine", schedule: "nightly", code: "failed_precondition" },
    ]);
    world.outcome = "done";
    world.rows += 10;
    await world.clock.advance(10_000);
    expect([world.finished, stored(world)?.error]).toEqual([[1, 2], null]);
  });

  test("whose inputs are gone fails at each time, and goes on when they are there", async () => {
    const life = alive();
    const { world } = life;
    world.refuses = true;
    await put(life, { every_ms: 10_000 });
    await world.clock.advance(100_500);
    expect(stored(world)?.retrains).toBe(10);
    expect(stored(world)?.error?.message).toBe("inputs.X.ref: bars is gone");
    world.refuses = false;
    await world.clock.advance(10_000);
    expect(world.begun).toEqual([11]);
  });

  test("whose trigger's dataset is dropped says so once, and goes on when it is put again", async () => {
    const life = alive();
    const { world } = life;
    await put(life, rows);
    world.isThere = false;
    await world.clock.advance(600_000);
    expect(stored(world)?.error?.message).toContain("the dataset bars is gone");
    expect(life.events).toHaveLength(1);
    Object.assign(world, { isThere: true, table: "b", rows: 12 });
    await world.clock.advance(2_000);
    expect(world.begun).toEqual([1]);
    await expect(put(alive(Object.assign(new World(), { isThere: false })), rows)).rejects.toThrow(
      "trigger.dataset: the dataset bars is not in this namespace",
    );
  });

  test("for which the gateway is too busy tries again every ten seconds, for ten minutes", async () => {
    const life = alive();
    const { world } = life;
    world.outcome = "busy";
    await put(life, rows);
    world.rows += 10;
    await world.clock.advance(60_000);
    world.outcome = "wait";
    await world.clock.advance(11_000);
    expect(world.begun).toEqual([1]);
    const other = alive();
    other.world.outcome = "busy";
    await put(other, rows);
    other.world.rows += 10;
    await other.world.clock.advance(700_000);
    expect(stored(other.world)).toMatchObject({ retraining: null, error: { code: "resource_exhausted" } });
  });

  test("of times that passed while the gateway was away runs once", async () => {
    const first = new Life(new World());
    const { world } = first;
    await put(first, { at: ["06:30"] });
    first.kill();
    await world.clock.advance(10 * 86_400_000);
    const life = alive(world);
    world.outcome = "done";
    await world.clock.advance(3_600_000);
    const beganAt = world.clock.wall();
    expect(world.begun).toEqual([1]);
    const { mark } = stored(world) ?? {};
    const next = mark?.kind === "time" ? mark.next : 0;
    expect(next).toBeGreaterThan(beganAt - 3_600_000);
    expect(new Date(next).toISOString()).toMatch(/T06:30:00.000Z$/);
    life.kill();
  });

  test.each([
    ["rows", rows],
    ["an interval", { every_ms: 10_000 }],
    ["times of the day", { at: ["06:30"] }],
  ] as const)("of %s goes on where a clock that ran a year ahead is set back", async (_, trigger) => {
    const life = alive();
    const { world } = life;
    world.outcome = "done";
    await put(life, trigger);
    const yearMs = 365 * 86_400_000;
    world.clock.wallAheadMs = yearMs;
    world.rows += 10;
    await world.clock.advance(2_000);
    expect(world.begun).toEqual([1]);
    world.clock.wallAheadMs = 0;
    await world.clock.advance(2_000);
    world.rows += 10;
    await world.clock.advance(86_400_000);
    expect(world.begun.length).toBeGreaterThanOrEqual(2);
    expect(stored(world)?.error).toBeNull();
  });

  test("does not begin again at a time of the day that a corrected clock passes a second time", async () => {
    const life = alive();
    const { world } = life;
    world.outcome = "done";
    const now = new Date(world.clock.wall() + 120_000).toISOString().slice(11, 16);
    await put(life, { at: [now] });
    await world.clock.advance(125_000);
    expect(world.begun).toEqual([1]);
    world.clock.wallAheadMs = -30_000;
    await world.clock.advance(3_600_000);
    expect(world.begun).toEqual([1]);
  });

  test("is the same for the same settings, and others replace it only where that is said", async () => {
    const life = alive();
    const { world } = life;
    await put(life, rows);
    expect(await put(life, rows)).toBe(false);
    const other = { dataset: "bars", every_rows: 11 };
    await expect(put(life, other)).rejects.toThrow(/pass replace: true/);
    world.rows += 10;
    await world.clock.advance(2_000);
    expect(await put(life, other, {}, true)).toBe(true);
    expect(world.cancelled).toEqual(["nightly"]);
    expect(stored(world)).toMatchObject({ settings: { trigger: other }, retraining: null, retrains: 0 });
    world.running = undefined;
    await world.clock.advance(60_000);
    expect(world.begun).toEqual([1]);
  });

  test("that is removed cancels what it trains and never begins again", async () => {
    const life = alive();
    const { world } = life;
    await put(life, rows);
    world.rows += 10;
    await world.clock.advance(2_000);
    await life.schedules.remove("default", "nightly");
    expect([world.cancelled, world.store.records()]).toEqual([["nightly"], []]);
    world.rows += 100;
    await world.clock.advance(60_000);
    expect(world.begun).toEqual([1]);
    await expect(life.schedules.remove("default", "nightly")).rejects.toThrow(/there is no schedule nightly/);
    await expect(life.schedules.remove("other", "nightly")).rejects.toThrow(/there is no schedule/);
  });

  test("that the disk refuses is none; one that it does not remove goes on", async () => {
    const life = alive();
    const { world } = life;
    world.diskRefuses = true;
    await expect(put(life, rows)).rejects.toMatchObject({ code: "unavailable" });
    expect(life.schedules.register.all()).toEqual([]);
    world.diskRefuses = false;
    await put(life, rows);
    world.diskRefuses = true;
    await expect(life.schedules.remove("default", "nightly")).rejects.toMatchObject({ code: "unavailable" });
    await expect(put(life, { every_ms: 9_000 }, {}, true)).rejects.toMatchObject({ code: "unavailable" });
    world.rows += 10;
    await world.clock.advance(30_000);
    expect(world.begun).toEqual([]); // nothing begins that is not on disk
    world.diskRefuses = false;
    await world.clock.advance(11_000);
    expect(world.begun).toEqual([1]);
  });

  test("is refused beyond the tenant's and the gateway's number", async () => {
    const life = alive();
    for (const schedule of ["a", "b", "c"]) await put(life, rows, { schedule });
    await expect(put(life, rows, { schedule: "d" })).rejects.toThrow(
      "3 schedules of this tenant, the limit (training.tenant_schedules)",
    );
    await life.schedules.remove("default", "b");
    await put(life, rows, { schedule: "d" });
    const full = new Life(new World(), { countMax: 1, tenantCountMax: 3, intervalMs });
    await put(full, rows);
    await expect(put(full, rows, { schedule: "b" })).rejects.toThrow(
      "1 schedules, the limit (training.schedules)",
    );
    full.kill();
  });
});

type Act =
  | { readonly kind: "rows"; readonly n: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "outcome"; readonly outcome: World["outcome"] }
  | { readonly kind: "restart"; readonly awayMs: number }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "disk"; readonly refuses: boolean };

const acts = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("rows" as const), n: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
    fc.record({
      kind: fc.constant("outcome" as const),
      outcome: fc.constantFrom("wait" as const, "done" as const, "fail" as const),
    }),
    fc.record({ kind: fc.constant("restart" as const), awayMs: fc.integer({ min: 0, max: 100_000 }) }),
    fc.record({ kind: fc.constant("disk" as const), refuses: fc.boolean() }),
    fc.record({ kind: fc.constant("slow" as const), ms: fc.integer({ min: 0, max: 7_000 }) }),
  ),
  { maxLength: 40 },
);

const triggers = fc.constantFrom<RetrainTrigger>(
  { dataset: "bars", every_rows: 10 },
  { stream: "ticks", every_observations: 7 },
  { every_ms: 60_000 },
  { at: ["00:00", "23:00"] },
);

test("whatever comes: never two retrainings at once, none lost, none repeated", async () => {
  await fc.assert(
    fc.asyncProperty(triggers, acts, async (trigger, given) => {
      const world = new World();
      let life = new Life(world);
      await put(life, trigger);
      for (const act of given) await carryOut(act);
      // Left alone, every retraining that has begun ends, and what is due has run.
      Object.assign(world, { diskRefuses: false, outcome: "done", stepMs: 0 });
      await world.clock.advance(60_000);
      // A time may have come in this moment.
      for (let i = 0; i < 5 && stored(world)?.retraining !== null; i++) await world.clock.advance(1_500);
      const record = stored(world);
      life.kill();
      expect(record?.retraining).toBeNull();
      expect(world.begun).toEqual(world.finished);
      expect(new Set(world.begun).size).toBe(world.begun.length);
      expect(world.begun).toEqual(Array.from({ length: record?.retrains ?? -1 }, (_, i) => i + 1));
      if ("dataset" in trigger && record?.mark.kind === "rows") {
        expect(world.rows - record.mark.rows).toBeLessThan(trigger.every_rows);
        expect(world.begun.length).toBeLessThanOrEqual((world.rows - 100) / trigger.every_rows);
      }
      if ("stream" in trigger && record?.mark.kind === "observations")
        expect(world.observations - record.mark.observations).toBeLessThan(trigger.every_observations);
      if (record?.mark.kind === "time") expect(record.mark.next).toBeGreaterThan(world.clock.wall() - 1_001);

      async function carryOut(act: Act): Promise<void> {
        if (act.kind === "rows") {
          world.rows += act.n;
          world.observations += act.n;
        } else if (act.kind === "wait") await world.clock.advance(act.ms);
        else if (act.kind === "outcome") world.outcome = act.outcome;
        else if (act.kind === "slow") world.stepMs = act.ms;
        else if (act.kind === "disk") world.diskRefuses = act.refuses;
        else {
          life.kill();
          await world.clock.advance(act.awayMs);
          life = new Life(world);
        }
      }
    }),
    { numRuns: 150 },
  );
});
