/** Puts the parts of the jobs together, around one store. */
import type { TrainingEngine } from "../../engines/training/trainer.js";
import type { Clock } from "../clock.js";
import type { Datasets } from "../datasets/datasets.js";
import type { LoggedEvent, WritableEventLog } from "../events/event-log.js";
import type { TrainedModels } from "../models/trained-models.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { Checkpoints } from "./checkpoints.js";
import type { Job } from "./job.js";
import { JobEndings } from "./job-endings.js";
import { JobEvents } from "./job-events.js";
import type { JobLimits } from "./job-limits.js";
import { JobRegister } from "./job-register.js";
import { JobRetention } from "./job-retention.js";
import type { JobStore } from "./job-store.js";
import { Jobs } from "./jobs.js";

export interface JobFigures {
  /** The disk refused something of a job. */
  notWritten(error: unknown): void;
  /** A job has ended; `fitMs` is null where it never fitted. */
  ended(trainer: string, state: string, fitMs: number | null): void;
  /** An error that no request caused. */
  failed(error: unknown, job: string): void;
}

export interface JobDependencies {
  readonly store: JobStore;
  readonly engine: TrainingEngine;
  readonly models: TrainedModels;
  readonly rows: Pick<Datasets, "resolve">;
  readonly log: Pick<WritableEventLog, "commit" | "lastOffset" | "read">;
  readonly publish: (event: LoggedEvent) => void;
  readonly clock: Clock;
  readonly limits: JobLimits;
  readonly accountOf: (tenant: string) => QuotaAccount | undefined;
  readonly figures: JobFigures;
}

export function openJobs(parts: JobDependencies): Jobs {
  const { store, clock, limits, figures } = parts;
  const notWritten = (error: unknown) => figures.notWritten(error);
  const register = new JobRegister(limits);
  const events = new JobEvents(parts.log, parts.publish, clock, notWritten);
  const checkpoints = new Checkpoints(store, limits.checkpointBytesMax, notWritten);
  const retention = new JobRetention(register, store, parts.log, clock, notWritten);
  const ended = (job: Job) => {
    register.ended(job);
    const { trainer, state, fitMs } = job.record;
    figures.ended(trainer, state, fitMs);
    retention.sweep();
  };
  const endings = new JobEndings({ store, events, clock, limits, notWritten, ended });
  const failed = (error: unknown, job: string) => figures.failed(error, job);
  return new Jobs({ ...parts, register, retention, events, checkpoints, endings, notWritten, failed });
}
