/**
 * Any order of submissions, cancellations, departures, trainer's messages, failures of the disk and restarts: each job
 * ends exactly once, no more run than there are places, and nobody's answer comes twice.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { JobQueue } from "../../gateway/jobs/job-queue.js";
import type { JobSubmission } from "../../gateway/jobs/job-request.js";
import type { JobChange } from "../../gateway/jobs/job-store.js";
import { MemoryJobStore } from "../../gateway/jobs/memory-job-store.js";
import { HeadgateError } from "../../protocol/errors.js";
import { check, checkAsync } from "../support/seeded.js";
import { JobsRig, request, tenant } from "./fakes.js";

const places = 2;
const tenants = ["a", "b", "c"] as const;

/** A disk that a test may fill. */
class FillableStore extends MemoryJobStore {
  full = false;

  override async create(...given: Parameters<MemoryJobStore["create"]>): Promise<void> {
    this.requireRoom();
    await super.create(...given);
  }

  override async write(change: JobChange): Promise<void> {
    this.requireRoom();
    await super.write(change);
  }

  private requireRoom(): void {
    if (this.full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  }
}

interface Told {
  readonly submission: JobSubmission;
  readonly tenant: string;
  readonly background: boolean;
  acked: boolean;
  answers: number;
}

type Step = readonly [kind: string, pick: number];

class World {
  readonly store = new FillableStore();
  readonly told: Told[] = [];
  private rig = new JobsRig({
    places,
    store: this.store,
    limits: { tenantRunningMax: 1, restartsMax: 1_000 },
  });
  private readonly events: JobsRig["events"] = [];

  async step([kind, pick]: Step): Promise<void> {
    const { jobs, trainer, clock } = this.rig;
    const running = trainer.runs.filter(({ over }) => !over);
    const run = running[pick % Math.max(1, running.length)];
    const any = this.told[pick % Math.max(1, this.told.length)];
    if (kind === "submit") this.submit(pick);
    else if (kind === "cancel") await this.cancel(any);
    else if (kind === "leave") any?.submission.answer?.cancel();
    else if (kind === "fit") run?.finishFit();
    else if (kind === "export") run?.finishExport();
    else if (kind === "fail") run?.fail(new HeadgateError("invalid_argument", "inputs.y: NaN"));
    else if (kind === "progress") run?.listener.progress({ iteration: pick, loss: 1 });
    else if (kind === "checkpoint") run?.listener.checkpoint(Uint8Array.of(pick % 256));
    else if (kind === "wait") await clock.advance(pick * 100);
    else if (kind === "disk") this.store.full = !this.store.full;
    else if (kind === "stop") await this.restart(() => jobs.stop());
    else if (kind === "kill") await this.restart(async () => undefined);
    await this.rig.clock.settle();
    expect(this.rig.trainer.running).toBeLessThanOrEqual(places);
    for (const name of tenants) {
      const own = this.rig.trainer.runs.filter(({ over, work }) => !over && work.namespace === name);
      expect(own.length).toBeLessThanOrEqual(1);
    }
  }

  /** Lets everything that is left run to its end. */
  async finish(): Promise<void> {
    this.store.full = false;
    for (let rounds = 0; rounds < 1_000; rounds++) {
      await this.rig.clock.advance(1_000);
      const running = this.rig.trainer.runs.filter(({ over }) => !over);
      if (running.length === 0 && this.rig.jobs.figures.queued === 0) break;
      for (const run of running) {
        run.finishFit();
        run.finishExport();
      }
    }
    await this.rig.clock.advance(1_000);
    expect(this.rig.unexplained).toEqual([]);
    expect(this.rig.jobs.figures).toMatchObject({ queued: 0, running: 0, states: { queued: 0, running: 0 } });
  }

  check(): void {
    const ends = new Map<string, string[]>();
    for (const { topic, data } of [...this.events, ...this.rig.events]) {
      if (data.kind !== "job_changed" || data.state === "queued" || data.state === "running") continue;
      ends.set(topic, [...(ends.get(topic) ?? []), data.state]);
    }
    for (const { submission, tenant: namespace, background, acked, answers } of this.told) {
      const ended = ends.get(`job.${submission.job}`) ?? [];
      expect(ended.length, `the ends of ${submission.job}: ${ended.join()}`).toBeLessThanOrEqual(1);
      if (background) expect(ended).toHaveLength(acked ? 1 : 0);
      expect(answers).toBeLessThanOrEqual(1);
      if (!background || !acked) continue;
      expect(this.rig.jobs.describe(namespace, submission.job).state).toBe(ended[0]);
    }
  }

  private submit(pick: number): void {
    const name = tenants[pick % tenants.length] ?? "a";
    const background = pick % 2 === 0;
    const submission = this.rig.jobs.submit(
      request({
        principal: tenant(name),
        background,
        timeoutMs: 5_000,
        ...(pick % 5 === 0 && { keepSeconds: 60 }),
        ...(pick % 7 === 0 && { publication: { model: `m${pick}` } }),
      }),
    );
    const told: Told = { submission, tenant: name, background, acked: false, answers: 0 };
    const answered = () => {
      told.answers++;
    };
    const acked = () => {
      told.acked = true;
    };
    submission.stored.then(acked, () => undefined);
    submission.answer?.answer.then(answered, answered);
    this.told.push(told);
  }

  private async cancel(told: Told | undefined): Promise<void> {
    if (told === undefined) return;
    await this.rig.jobs.cancel(told.tenant, told.submission.job).catch((error: HeadgateError) => {
      expect(["not_found", "failed_precondition", "unavailable"]).toContain(error.code);
    });
  }

  private async restart(before: () => Promise<void>): Promise<void> {
    // A gateway on a full disk does not start.
    if (this.store.full) return;
    await before();
    const { store, clock, log, models, events } = this.rig;
    const frozen = [...events];
    this.events.push(...frozen);
    this.rig.silence();
    this.rig = new JobsRig({
      places,
      store,
      clock,
      log,
      models,
      limits: { tenantRunningMax: 1, restartsMax: 1_000 },
    });
  }
}

const kinds = [
  "submit",
  "submit",
  "submit",
  "fit",
  "fit",
  "export",
  "fail",
  "cancel",
  "leave",
  "progress",
  "checkpoint",
  "wait",
  "disk",
  "stop",
  "kill",
];

test("each job ends exactly once, whatever happens in whatever order", async () => {
  await checkAsync(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat({ max: 209 })), { maxLength: 80 }),
      async (steps) => {
        const world = new World();
        for (const step of steps) await world.step(step);
        await world.finish();
        world.check();
      },
    ),
    400,
  );
}, 60_000);

test("a tenant that always has jobs gets its share of the time, whatever the others submit", () => {
  const job = fc.record({ tenant: fc.constantFrom("b", "c"), ms: fc.integer({ min: 1, max: 1_000 }) });
  check(
    fc.property(
      fc.array(job, { minLength: 20, maxLength: 60 }),
      fc.integer({ min: 1, max: 1_000 }),
      (others, ms) => {
        const queue = new JobQueue(
          () => 1,
          () => 1,
        );
        const lengths = new Map<string, number>();
        const used = new Map<string, number>();
        let sequence = 0;
        const add = (name: string, length: number) => {
          const id = `${name}-${++sequence}`;
          lengths.set(id, length);
          queue.add({ job: id, tenant: name, weight: 1, background: false, priority: 1, sequence });
        };
        for (const other of others) add(other.tenant, other.ms);
        for (let i = 0; i < 60; i++) add("a", ms);
        let now = 0;
        for (;;) {
          const left = (name: string) => queue.waitingJobs().some((id) => id.startsWith(name));
          if (!left("a") || !(left("b") || left("c"))) break;
          const id = queue.start(now, () => 1);
          if (id === undefined) throw new Error("a place is free and a job waits");
          const length = lengths.get(id) ?? 0;
          now += length;
          const [name = ""] = id.split("-");
          used.set(name, (used.get(name) ?? 0) + length);
          queue.end(id, now);
          const active = ["a", ...(left("b") ? ["b"] : []), ...(left("c") ? ["c"] : [])];
          const amounts = active.map((each) => used.get(each) ?? 0);
          // Whoever has jobs is never behind another by more than the longest job.
          if (active.length === 3)
            expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThanOrEqual(2_000);
        }
      },
    ),
  );
});

test("a request that waits goes before jobs in the background, then the higher priority, then the older", () => {
  const queue = new JobQueue(
    () => 1,
    () => 1,
  );
  const add = (job: string, sequence: number, background: boolean, priority: number) =>
    queue.add({ job, tenant: "a", weight: 1, background, priority, sequence });
  add("background urgent", 1, true, 1);
  add("background", 2, true, 3);
  add("waits", 3, false, 3);
  add("waits longer", 0, false, 3);
  add("waits urgent", 4, false, 1);
  const order = [];
  for (let now = 0; ; now++) {
    const next = queue.start(now, () => 1);
    if (next === undefined) break;
    order.push(next);
    queue.end(next, now + 1);
  }
  expect(order).toEqual(["waits urgent", "waits longer", "waits", "background urgent", "background"]);
});

test("a place that one tenant may not take is free for another", () => {
  const queue = new JobQueue(
    () => 2,
    () => 1,
  );
  for (const [sequence, name] of ["a", "a", "a", "b"].entries())
    queue.add({
      job: `${name}${sequence}`,
      tenant: name,
      weight: 1,
      background: false,
      priority: 1,
      sequence,
    });
  expect([queue.start(0, () => 1), queue.start(0, () => 1), queue.start(0, () => 1)]).toEqual([
    "a0",
    "b3",
    undefined,
  ]);
});
