/** The topic `gateway.workers`: what the engine's workers do, by lane. */

import type { Pieces } from "../../../engines/pieces.js";
import type { LocalWorker } from "../../../engines/pool/local-engine.js";
import type { WorkerFigures } from "../../../engines/pool/worker-handle.js";
import { limits } from "../../../protocol/limits.js";
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
    shortestMs: limits.watch_interval_ms_min,
    view: () => ({ key: "gateway", collector: () => new WorkersCollector(sources) }),
  };
}

class WorkersCollector implements Collector<WorkersSample> {
  /** What each worker had done at the last sample, by its name. */
  private before = new Map<string, WorkerFigures>();

  constructor(private readonly sources: WorkersSources) {}

  *sample(elapsedMs: number): Pieces<WorkersSample> {
    const { sources } = this;
    const now = sources.now();
    const after = new Map<string, WorkerFigures>();
    const rows = sources.workers().map((worker): WorkerSample => {
      const { lane, index, background } = worker;
      const name = `${lane.name}-${index}`;
      const found = worker.figures(now);
      const before = this.before.get(name);
      after.set(name, found);
      return {
        name,
        lane: lane.name,
        state: found.alive ? "running" : "restarting",
        busy: busyShare(before, found, elapsedMs),
        jobs: found.ended - (before?.ended ?? found.ended),
        running: found.running,
        restarts: found.restarts,
        models: found.models,
        model_bytes: found.modelBytes,
        backend: found.backend ?? null,
        background,
      };
    });
    this.before = after;
    yield;
    return {
      interval_ms: Math.round(elapsedMs),
      lanes: lanesOf(rows, sources.workload().lanes),
      workers: rows.slice(0, workersMax),
      process_bytes: sources.residentBytes(),
      left_out: Math.max(0, rows.length - workersMax),
    };
  }

  end(): void {}
}

/** Of the interval; without one, of the recent seconds. */
function busyShare(before: WorkerFigures | undefined, now: WorkerFigures, elapsedMs: number): number {
  const share = before === undefined || elapsedMs <= 0 ? now.busy : (now.busyMs - before.busyMs) / elapsedMs;
  return Number(Math.min(1, Math.max(0, share)).toFixed(4));
}

function lanesOf(rows: readonly WorkerSample[], queues: ReadonlyMap<string, number>): LaneSample[] {
  return [...new Set(rows.map(({ lane }) => lane))].map((lane) => {
    const own = rows.filter((row) => row.lane === lane);
    const busy = own.reduce((sum, each) => sum + each.busy, 0) / own.length;
    return {
      lane,
      workers: own.length,
      busy: Number(busy.toFixed(4)),
      queue: queues.get(lane) ?? 0,
    };
  });
}
