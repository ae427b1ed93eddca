/** Creates the jobs, and the topics of jobs and models. */
import type { TrainingEngine } from "../../engines/training/trainer.js";
import type { ModelExpired, ModelPromoted } from "../../protocol/promotion-frames.js";
import type { Catalog } from "../catalog/catalog.js";
import type { JobLimits } from "../jobs/job-limits.js";
import { jobTopics } from "../jobs/job-topics.js";
import type { Jobs } from "../jobs/jobs.js";
import { expiryListener, modelTopics, promotionListener, servingListener } from "../jobs/model-topics.js";
import { openJobs } from "../jobs/open-jobs.js";
import type { TrainedModels } from "../models/trained-models.js";
import type { CommonServices } from "./options.js";
import type { RegimeServices } from "./regimes.js";
import type { StorageServices } from "./storage.js";

export interface JobSources {
  readonly engine: TrainingEngine;
  readonly models: TrainedModels;
  readonly catalog: Catalog;
  readonly limits: JobLimits;
}

export interface JobServices {
  readonly jobs: Jobs;
  /** To be called when a version answers requests, after the start. */
  readonly serving: (model: string, version: string) => void;
  /** To be called when a client has promoted a version. */
  readonly promoted: (event: ModelPromoted) => void;
  /** To be called when a version has expired. */
  readonly expired: (event: ModelExpired) => void;
}

export function openJobServices(
  common: CommonServices,
  { datasets, journal, jobs: store }: Pick<StorageServices, "datasets" | "journal" | "jobs">,
  { hub, topics }: Pick<RegimeServices, "hub" | "topics">,
  { engine, models, catalog, limits }: JobSources,
): JobServices {
  const { log, logLimit, clock, metrics, quotas } = common;
  const notWritten = (error: unknown) =>
    logLimit.report("job not written", (times) =>
      log.warn({ err: error, times }, "a change of a training could not be written to the data folder"),
    );
  const jobs = openJobs({
    store,
    engine,
    models,
    rows: datasets,
    log: journal,
    publish: hub.publish,
    clock,
    limits,
    accountOf: (tenant) => quotas.of(tenant),
    figures: {
      notWritten,
      failed: (error, job) => log.error({ err: error, job }, "a training failed"),
      ended: (...ended) => metrics.jobs.ended(...ended),
    },
  });
  metrics.jobs.read(() => jobs.figures);
  topics.add("job", jobTopics(jobs)).add("model", modelTopics(catalog));
  const serving = servingListener({
    catalog,
    log: journal,
    publish: hub.publish,
    publisherOf: (model, version) => jobs.publisherOf(model, version),
    notLogged: (error) => log.warn({ err: error }, "that a version serves could not be logged"),
  });
  const promoted = promotionListener({
    log: journal,
    publish: hub.publish,
    notLogged: (error) => log.warn({ err: error }, "that a version was promoted could not be logged"),
  });
  const expired = expiryListener({
    log: journal,
    publish: hub.publish,
    notLogged: (error) => log.warn({ err: error }, "that a version has expired could not be logged"),
  });
  return { jobs, serving, promoted, expired: (event) => void expired(event) };
}
