/** The topic `gateway.workers`: what the engine's workers do, by lane. */
import type { LocalWorker } from "../../../engines/pool/local-engine.js";
import type { LaneSample, WorkerSample, WorkersSample } from "../../../protocol/samples.js";
import type { Workload } from "../../scheduling/workload.js";
import type { Collector, WatchedTopic } from "../watched-topic.js";
import { workersSchema } from "./workers-schema.js";

export interface WorkersSources {
  readonly workers: () => readonly Pick<LocalWorker, "lane" | "index" | "background" | "figures">[];
  readonly workload: () => Pick<Workload, "lanes">;
  /** Milliseconds on the clock of the workers. */
  readonly now: () => number;
  readonly residentBytes: () => number;
}

export const workersMax = 256;

export function workersTopic(sources: WorkersSources): WatchedTopic<"gateway.workers"> {
  return {
    name: "gateway.workers",
    description:
      "What the engine's workers do: their share of busy time, jobs, restarts, and queues by lane.",
    schema: workersSchema,
    // All tenants share the workers: how busy they are tells of others.
    scope: "metrics:read",
    atOnce: true,
    view: () => ({ key: "gateway", collector: () => new WorkersCollector(sources) }),
  };
}

class WorkersCollector implements Collector<WorkersSample> {
  /** The busy milliseconds of each worker at the last sample, by its name. */
  private before = new Map<string, number>();

  constructor(private readonly sources: WorkersSources) {}

  sample(elapsedMs: number): WorkersSample {
    const { sources } = this;
    const now = sources.now();
    const busyMs = new Map<string, number>();
    const rows = sources.workers().map((worker): WorkerSample => {
      const { lane, index, background } = worker;
      const name = `${lane.name}-${index}`;
      const found = worker.figures(now);
      busyMs.set(name, found.busyMs);
      return {
        name,
        lane: lane.name,
        state: found.alive ? "running" : "restarting",
        busy: this.share(this.before.get(name), found.busyMs, elapsedMs),
        jobs: found.ended,
        running: found.running,
        restarts: found.restarts,
        models: found.models,
        backend: found.backend ?? null,
        background,
      };
    });
    this.before = busyMs;
    return {
      interval_ms: Math.round(elapsedMs),
      lanes: lanesOf(rows, sources.workload().lanes),
      workers: rows.slice(0, workersMax),
      process_bytes: sources.residentBytes(),
      left_out: Math.max(0, rows.length - workersMax),
    };
  }

  end(): void {}

  private share(before: number | undefined, now: number, elapsedMs: number): number | null {
    if (before === undefined || elapsedMs <= 0) return null;
    return Number(Math.min(1, Math.max(0, (now - before) / elapsedMs)).toFixed(4));
  }
}

function lanesOf(rows: readonly WorkerSample[], queues: ReadonlyMap<string, number>): LaneSample[] {
  return [...new Set(rows.map(({ lane }) => lane))].map((lane) => {
    const own = rows.filter((row) => row.lane === lane);
    const shares = own.flatMap(({ busy }) => busy ?? []);
    const busy = shares.length === 0 ? null : shares.reduce((sum, each) => sum + each, 0) / shares.length;
    return {
      lane,
      workers: own.length,
      busy: busy === null ? null : Number(busy.toFixed(4)),
      queue: queues.get(lane) ?? 0,
    };
  });
}
