/** Starts the workers of each lane, and reports their events to the log and the metrics. */
import type { FitSettings } from "../../engines/numerics/fit-host.js";
import { fitLane } from "../../engines/numerics/lane.js";
import { modelLane } from "../../engines/onnx/lane.js";
import type { ModelSettings } from "../../engines/onnx/model-host.js";
import type { LoadReport, ModelSource } from "../../engines/onnx/model-source.js";
import { InlineEngine } from "../../engines/pool/inline-engine.js";
import { LocalEngine } from "../../engines/pool/local-engine.js";
import { Pool, type PoolOptions } from "../../engines/pool/pool.js";
import type { WorkerEvents } from "../../engines/pool/worker-handle.js";
import { fitLimits } from "../scheduling/fit-limits.js";
import { MeasuredKernels } from "./measured-kernels.js";
import type { CommonServices, GatewayOptions } from "./options.js";
import { Signal } from "./signal.js";

type ModelPool = Pool<ModelSource, LoadReport>;

export interface EngineServices {
  readonly modelPool: ModelPool;
  /** The workers of all lanes. */
  readonly engine: LocalEngine;
  /** The same workers, and the thread of the sockets for short batches. */
  readonly inline: InlineEngine;
  /** Emitted when a worker has room. */
  readonly idle: Signal<undefined>;
  /** Emitted when a model could not be loaded again in a restarted worker. */
  readonly lost: Signal<{ readonly key: string; readonly reason: string }>;
  readonly kernels: MeasuredKernels;
}

/** The longest batches that one turn of the event loop may compute on the thread of the sockets. */
const inlineRunsATurn = 4;

export function startEngines(common: CommonServices, options: GatewayOptions): EngineServices {
  const { config, log, clock } = common;
  const { enginePrograms: programs = new URL("../../engines/", import.meta.url) } = options;
  const kernels = new MeasuredKernels(config.data, log);
  const idle: EngineServices["idle"] = new Signal();
  const lost: EngineServices["lost"] = new Signal();
  const events = workerEvents(common, idle, lost);
  const modelPool = createModelPool(common, programs, events);
  const engine = new LocalEngine([modelPool, createFitPool(common, programs, events, kernels)]);
  const runMs = config.engine.inline_microseconds / 1_000;
  const limits = { runMs, turnMs: inlineRunsATurn * runMs };
  const inline = new InlineEngine(
    engine,
    limits,
    () => clock.now(),
    () => idle.emit(undefined),
  );
  return { modelPool, engine, inline, idle, lost, kernels };
}

type LaneEvents = Omit<WorkerEvents, "learned">;

function createModelPool(
  { config: { engine } }: CommonServices,
  programs: URL,
  events: LaneEvents,
): ModelPool {
  const options: PoolOptions<ModelSettings> = {
    lane: modelLane,
    programs,
    settings: { intraOpThreads: engine.intra_op_threads },
    workers: engine.model_workers,
    workersMax: engine.model_threads_max ?? engine.model_workers + 4,
    busyPollMs: engine.busy_poll_microseconds / 1_000,
    events: { ...events, learned: () => {} },
  };
  return new Pool(options);
}

function createFitPool(
  { config }: CommonServices,
  programs: URL,
  events: LaneEvents,
  kernels: MeasuredKernels,
): Pool {
  const { workers } = fitLimits(config);
  const options: PoolOptions<FitSettings> = {
    lane: fitLane,
    programs,
    settings: { calibration: kernels.calibration },
    workers,
    workersMax: workers,
    busyPollMs: 0,
    events: {
      ...events,
      learned: ({ calibration }) => calibration !== null && kernels.measured(calibration),
    },
  };
  return new Pool(options);
}

/** The event handlers that the workers of every lane share. */
function workerEvents(
  { log, metrics }: CommonServices,
  idle: EngineServices["idle"],
  lost: EngineServices["lost"],
): LaneEvents {
  return {
    idle: () => idle.emit(undefined),
    died: ({ lane: { name: lane }, index }, reason, lostJobs, restartInMs) => {
      metrics.workerDied(lane);
      log.error({ lane, worker: index, reason, lost: lostJobs, restart_in_ms: restartInMs }, "a worker died");
    },
    lost: ({ lane: { name: lane }, index }, key, reason) => {
      const what = { lane, worker: index, model: key, reason };
      log.error(what, "a model did not open again after a restart");
      lost.emit({ key, reason });
    },
    fallback: ({ lane: { name: lane }, index }, message) => {
      metrics.kernelFellBack();
      log.warn({ lane, worker: index, message }, "a kernel fell back");
    },
  };
}
