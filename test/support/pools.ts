/** Pools of real workers, in threads that run the built program. */
import type { FitSettings } from "../../engines/numerics/fit-host.js";
import { fitLane } from "../../engines/numerics/lane.js";
import { modelLane } from "../../engines/onnx/lane.js";
import type { ModelSettings } from "../../engines/onnx/model-host.js";
import type { LoadReport, ModelSource } from "../../engines/onnx/model-source.js";
import { Pool, type PoolOptions } from "../../engines/pool/pool.js";
import type { WorkerEvents } from "../../engines/pool/worker-handle.js";

export type ModelPool = Pool<ModelSource, LoadReport>;

const programs = new URL("../../dist/engines/", import.meta.url);
const unheard: WorkerEvents = {
  idle: () => {},
  died: () => {},
  lost: () => {},
  learned: () => {},
  fallback: () => {},
};

export function modelPool(
  workers: number,
  workersMax: number,
  events: Partial<WorkerEvents> = {},
): ModelPool {
  const options: PoolOptions<ModelSettings> = {
    lane: modelLane,
    programs,
    settings: { intraOpThreads: 1 },
    workers,
    workersMax,
    busyPollMs: 0,
    events: { ...unheard, ...events },
  };
  return new Pool(options);
}

export function fitPool(
  workers: number,
  events: Partial<WorkerEvents> = {},
  calibration: FitSettings["calibration"] = null,
): Pool {
  const options: PoolOptions<FitSettings> = {
    lane: fitLane,
    programs,
    settings: { calibration },
    workers,
    workersMax: workers,
    busyPollMs: 0,
    events: { ...unheard, ...events },
  };
  return new Pool(options);
}
