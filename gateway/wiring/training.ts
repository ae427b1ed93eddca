/** Creates what trains: the trainers in the catalog, the jobs, and what becomes of trained models. */
import type { NestedParameterSpec } from "../../engines/servable.js";
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import type { TrainingEngine } from "../../engines/training/trainer.js";
import type { Jobs } from "../jobs/jobs.js";
import { TrainerServables } from "../jobs/trainer-servables.js";
import { BytePlaces } from "../quotas/byte-places.js";
import { ModelUploads } from "../requests/model-uploads.js";
import type { ScheduleServiceParts } from "../requests/schedule-service.js";
import type { TrainingServiceParts } from "../requests/training-service.js";
import { Trainings } from "../requests/trainings.js";
import type { Schedules } from "../schedules/schedules.js";
import { openJobServices } from "./jobs.js";
import type { ModelServices } from "./models.js";
import type { CommonServices, GatewayOptions } from "./options.js";
import type { RegimeServices } from "./regimes.js";
import { answersOf, openSchedules } from "./schedules.js";
import type { SchedulingServices } from "./scheduling.js";
import type { StorageServices } from "./storage.js";
import { jobLimits, openTrainingEngine } from "./training-engine.js";

export interface TrainingServices {
  readonly engine: TrainingEngine;
  readonly jobs: Jobs;
  readonly schedules: Schedules;
  readonly trainers: TrainerServables;
  /** What requests need. */
  readonly parts: TrainingServiceParts;
  readonly scheduling: ScheduleServiceParts;
}

export function openTraining(
  common: CommonServices,
  options: GatewayOptions,
  storage: StorageServices,
  { catalog }: SchedulingServices,
  modelServices: ModelServices,
  regimes: RegimeServices,
): TrainingServices {
  const { config, clock, turns } = common;
  const { references, idempotency, serving: served, promoted: chosen, expired: ended } = modelServices;
  const models = modelServices.models.trained;
  const engine = openTrainingEngine(common, options);
  const { jobs, serving, promoted, expired } = openJobServices(common, storage, regimes, {
    engine,
    models,
    catalog,
    limits: jobLimits(config),
  });
  served.listen(({ model, version }) => serving(model, version));
  chosen.listen(promoted);
  ended.listen(expired);
  const trainers = new TrainerServables({
    catalog,
    engine,
    signatures: trainerSchemas.map(({ signature }) => signature),
    defaultTimeoutMs: config.training.time_ms,
  });
  const trainings = new Trainings({
    catalog,
    trainers,
    parametersOf: parametersOfTrainer,
    answersOf,
    jobs,
    references,
    idempotency,
    turns,
    clock,
  });
  const sources = { trainings, jobs };
  const scheduled = openSchedules(common, storage, { catalog }, modelServices, regimes, sources);
  return {
    engine,
    jobs,
    schedules: scheduled.schedules,
    scheduling: scheduled.parts,
    trainers,
    parts: { trainings, jobs, models, ...uploadsOf(config.uploads, clock) },
  };
}

/** What uploads may take. */
export function uploadsOf(
  { file_bytes, memory_bytes, uploads: uploadsMax, idle_ms: idleMs }: CommonServices["config"]["uploads"],
  clock: CommonServices["clock"],
): Pick<TrainingServiceParts, "uploadPlaces" | "fileBytesMax" | "newUploads"> {
  return {
    fileBytesMax: file_bytes,
    uploadPlaces: new BytePlaces(memory_bytes, {
      all: "uploads",
      ofTenant: "this tenant's uploads",
      setting: "uploads.memory_bytes",
    }),
    newUploads: () => new ModelUploads(clock, { uploadsMax, fileBytesMax: file_bytes, idleMs }),
  };
}

/** The parameters of a trainer that stands inside another, such as the estimator of a pipeline. */
function parametersOfTrainer(name: string): readonly NestedParameterSpec[] | undefined {
  return trainerSchemas.find(({ signature }) => signature.name === name)?.signature.nestedParameters;
}
