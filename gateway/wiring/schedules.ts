/** Creates the schedules of retrainings, which train, publish and promote as clients do. */
import { trainerSchemas } from "../../engines/training/schemas/index.js";
import { modelTopic } from "../../protocol/topics.js";
import { topicKey } from "../events/event-namespace.js";
import type { Jobs } from "../jobs/jobs.js";
import type { ScheduleServiceParts } from "../requests/schedule-service.js";
import type { Trainings } from "../requests/trainings.js";
import { Retrainings } from "../schedules/retraining.js";
import type { RetrainingParts } from "../schedules/retraining-parts.js";
import { Schedules } from "../schedules/schedules.js";
import type { ModelServices } from "./models.js";
import type { CommonServices } from "./options.js";
import type { RegimeServices } from "./regimes.js";
import type { SchedulingServices } from "./scheduling.js";
import type { StorageServices } from "./storage.js";

export interface ScheduleSources {
  readonly trainings: Trainings;
  readonly jobs: Jobs;
}

export function openSchedules(
  common: CommonServices,
  { datasets, journal, schedules: store }: StorageServices,
  { catalog }: Pick<SchedulingServices, "catalog">,
  { models, inference }: Pick<ModelServices, "models" | "inference">,
  { streams, hub }: Pick<RegimeServices, "streams" | "hub">,
  { trainings, jobs }: ScheduleSources,
): { readonly schedules: Schedules; readonly parts: ScheduleServiceParts } {
  const { config, clock, log, logLimit, quotas } = common;
  const parts: RetrainingParts = {
    train: async (training, principal) => {
      const request = { ...training, background: true };
      await trainings.start(request, principal, quotas.of(principal.tenant)).answer;
    },
    jobs,
    datasets,
    catalog,
    // A champion that has expired is compared as any other: unseen, no candidate would ever take its place.
    // Of the requests of its tenant it is none, as the calls of detectors; its compute time is charged.
    infer: async (request, principal) => {
      const own = { ...principal, scopes: new Set([...principal.scopes, "models:infer" as const]) };
      const run = inference.start(request, own, undefined, quotas.of(principal.tenant), true);
      return (await run.answer).outputs;
    },
    promotions: models.promotions,
    answersOf,
    clock,
  };
  const notLogged = (error: unknown) =>
    log.warn({ err: error }, "what became of a retraining could not be logged");
  const schedules = new Schedules({
    store,
    retrainings: new Retrainings(parts),
    sources: (namespace) => ({
      rows: (dataset) => datasets.newest(namespace, dataset),
      observations: (stream) => {
        const found = streams.get(namespace, stream);
        return found && { stream: found.record.id, observations: found.size.total };
      },
    }),
    clock,
    limits: {
      countMax: config.training.schedules,
      tenantCountMax: config.training.tenant_schedules,
      intervalMs: config.training.schedule_interval_ms,
    },
    ended: (data) => {
      log.info(data, "a retraining has ended without a promotion");
      journal
        .commit({ events: [{ key: topicKey("", modelTopic(data.model)), data }] }, hub.publish)
        .catch(notLogged);
    },
    notWritten: (error) =>
      logLimit.report("schedule not written", (times) =>
        log.warn({ err: error, times }, "a change of a schedule could not be written to the data folder"),
      ),
    failed: (error, schedule) => log.error({ err: error, schedule }, "a retraining failed"),
  });
  const service = { schedules, trainings, models: models.trained, datasets, answersOf };
  return { schedules, parts: service };
}

/** The names of what a trainer's models answer. */
export function answersOf(trainer: string): readonly string[] {
  const schema = trainerSchemas.find(({ signature }) => signature.name === trainer);
  return schema?.predictions.map(({ name }) => name) ?? [];
}
