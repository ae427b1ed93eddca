/** Opens what trains: the environment that is installed, and the processes that run in it. */
import { defaultEnvironmentFolder } from "../../engines/training/environment.js";
import { systemMemory } from "../../engines/training/group-memory.js";
import { trainerPackage } from "../../engines/training/installation/trainer-package.js";
import { InstalledEnvironment } from "../../engines/training/installed-environment.js";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import {
  type TrainerEnvironment,
  TrainerProcesses,
  type TrainingEvents,
  type TrainingLimits,
} from "../../engines/training/trainer-processes.js";
import type { Config } from "../config/config.js";
import { maySeveralTenantsShare } from "../config/several-tenants.js";
import type { JobLimits } from "../jobs/job-limits.js";
import type { CommonServices, GatewayOptions } from "./options.js";

/** Nothing is started before the first training. */
export function openTrainingEngine(common: CommonServices, options: GatewayOptions): TrainerProcesses {
  const { config, metrics } = common;
  const engine = new TrainerProcesses({
    limits: trainingLimits(config.training),
    environment: options.trainerEnvironment ?? installed(config.training, options.environment ?? {}),
    memory: systemMemory(),
    events: trainingEvents(common),
  });
  metrics.trainers.read(() => engine.figures);
  return engine;
}

function installed(
  { environment, threads, fold_workers }: Config["training"],
  variables: Readonly<Record<string, string | undefined>>,
): TrainerEnvironment {
  return new InstalledEnvironment({
    folder: environment ?? variables["HEADGATE_TRAINER"] ?? defaultEnvironmentFolder(variables),
    source: trainerPackage().source,
    trainers: trainerSchemas.map(({ signature: { name }, library }) => ({ name, library })),
    threads,
    foldWorkers: fold_workers,
    variables,
  });
}

function trainingLimits(settings: Config["training"]): TrainingLimits {
  return {
    processes: settings.processes,
    memoryBytes: settings.memory_bytes,
    messageBytesMax: settings.message_bytes,
    nice: settings.nice,
    startMs: settings.start_ms,
    timeMs: settings.time_ms,
    idleMs: settings.idle_ms,
    cancelMs: settings.cancel_ms,
  };
}

function trainingEvents({ log, metrics }: CommonServices): TrainingEvents {
  return {
    started: ({ namespace, pid }, startMs) => {
      metrics.trainers.started();
      log.info({ namespace, pid, start_ms: Math.round(startMs) }, "a trainer's process is ready");
    },
    ended: ({ namespace, pid }, { how, expected, wasReady, lastLines }) => {
      if (expected && wasReady) return log.info({ namespace, pid, how }, "a trainer's process ended");
      metrics.trainers.died();
      log.error({ namespace, pid, how, last_lines: lastLines }, "a trainer's process died");
    },
  };
}

/** Where several tenants may share the gateway, one never has all places: its hour's training would hold others up. */
export function jobLimits({ auth, training }: Pick<Config, "auth" | "training">): JobLimits {
  const fair = maySeveralTenantsShare(auth) ? Math.max(1, training.processes - 1) : training.processes;
  return {
    queuedMax: training.queued,
    tenantQueuedMax: training.tenant_queued,
    tenantRunningMax: training.tenant_running ?? fair,
    inputBytesMax: training.input_bytes,
    keptMax: training.kept,
    ageMaxMs: training.age_ms,
    restartsMax: training.restarts,
    resultBytesMax: training.result_bytes,
    logLinesMax: training.log_lines,
    curvePointsMax: training.curve_points,
    checkpointBytesMax: training.checkpoint_bytes,
  };
}
