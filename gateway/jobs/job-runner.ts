/** Runs one job through its stages: it fits, is exported and proven, and is published. */
import type { Tensors } from "../../engines/engine.js";
import { parsePolicyLayout } from "../../engines/policy-layout.js";
import type { ExportedModel, FittedTraining, TrainingEngine } from "../../engines/training/trainer.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { JobStage } from "../../protocol/train-frames.js";
import type { Clock } from "../clock.js";
import type { Datasets } from "../datasets/datasets.js";
import type { TrainedModels, TrainingCard } from "../models/trained-models.js";
import type { Checkpoints } from "./checkpoints.js";
import { type Job, scoresOf } from "./job.js";
import type { JobEvents } from "./job-events.js";
import { referencedInputs } from "./job-inputs.js";
import { principalOf } from "./job-record.js";
import { type JobStore, notStored } from "./job-store.js";

export interface JobRunnerDependencies {
  readonly store: JobStore;
  readonly engine: TrainingEngine;
  readonly models: TrainedModels;
  readonly rows: Pick<Datasets, "resolve">;
  readonly events: JobEvents;
  readonly checkpoints: Checkpoints;
  readonly clock: Clock;
}

/** Thrown to leave a job that has ended by itself, such as one that was cancelled. */
class JobEndedError extends Error {}

export class JobRunner {
  constructor(private readonly parts: JobRunnerDependencies) {}

  /**
   * Settles once the job has been through its stages.
   * @param free called once, when nothing of it runs in a trainer any more
   * @throws HeadgateError with the reason; the job may have ended before
   */
  async run(job: Job, free: () => void): Promise<void> {
    const model = await this.train(job).finally(free);
    if (model !== undefined) await this.release(job, model);
  }

  private async train(job: Job): Promise<ExportedModel | undefined> {
    const { availability } = this.parts.engine;
    if (availability.kind === "missing") throw new HeadgateError("failed_precondition", availability.reason);
    const inputs = await this.inputsOf(job);
    requireRunning(job);
    this.reserve(job);
    const { clock } = this.parts;
    await this.enter(job, "fit", { state: "running", startedTs: clock.wall() });
    const { record } = job;
    const checkpoint = record.hasCheckpoint ? await this.parts.store.checkpoint(job.name) : undefined;
    requireRunning(job);
    if (record.restarts > 0) job.change({ resumedFrom: checkpoint === undefined ? "start" : "checkpoint" });
    const exports = record.keepSeconds !== undefined || record.publication !== undefined;
    const startedAt = clock.now();
    const run = this.parts.engine.start(
      {
        job: job.name,
        namespace: job.namespace,
        trainer: record.trainer,
        inputs,
        parameters: record.parameters,
        export: exports,
        checkpoint,
      },
      {
        progress: (progress) => {
          job.progressed(progress, clock.now() - startedAt);
          this.parts.events.progressed(job);
        },
        log: (line) => job.log(line),
        checkpoint: (state) => this.parts.checkpoints.add(job, state),
      },
    );
    job.stop = () => run.cancel();
    run.exported?.catch(() => undefined); // it is rejected with `fitted`, which is waited for first
    try {
      await this.fitted(job, await run.fitted);
      return await run.exported;
    } finally {
      // The place is free only once the trainer has stopped, which for a job that failed here takes a cancellation.
      if (job.ended) run.cancel();
      await Promise.allSettled([run.fitted, run.exported]);
      job.stop = undefined;
    }
  }

  private async fitted(job: Job, fitted: FittedTraining): Promise<void> {
    requireRunning(job);
    const { fitMs, libraries, outputs } = fitted;
    job.outputs = outputs;
    job.change({ fitMs, libraries, scores: scoresOf(fitted) });
    const { keepSeconds, publication } = job.record;
    if (publication === undefined) job.answer();
    if (keepSeconds === undefined && publication === undefined) return;
    this.parts.models.prepare();
    await this.enter(job, "convert", {});
  }

  private async release(job: Job, model: ExportedModel): Promise<void> {
    requireRunning(job);
    job.change({ convertMs: model.convertMs });
    await job.reservation?.open(model);
    requireRunning(job);
    const { publication } = job.record;
    if (publication === undefined) return;
    await this.enter(job, "publish", {});
    requireRunning(job);
    const principal = principalOf(job.record);
    const { models } = this.parts;
    const published = await models.publish({ publication, principal, model, card: this.card(job) });
    job.change({ published });
    job.answer();
  }

  /** Of a job in the background the stage is on disk before it begins: a restart of the gateway depends on it. */
  private async enter(job: Job, stage: JobStage, change: Partial<Job["record"]>): Promise<void> {
    job.change({ ...change, stage });
    const { record } = job;
    if (record.background)
      await this.parts.store.write({ record }).catch((cause: unknown) => {
        throw notStored(cause);
      });
    void this.parts.events.changed(record);
  }

  private reserve(job: Job): void {
    const { keepSeconds, trainer, handle } = job.record;
    if (keepSeconds === undefined) return;
    const principal = principalOf(job.record);
    const account = job.resources?.account;
    job.reservation = this.parts.models.reserve({
      principal,
      account,
      trainer,
      keepSeconds,
      ...(handle !== null && { handle }),
    });
    job.change({ handle: job.reservation.handle });
  }

  private async inputsOf(job: Job): Promise<Tensors> {
    const own = job.resources?.inputs ?? (await this.parts.store.inputs(job.name));
    if (job.resources !== undefined) job.resources.inputs = undefined;
    return { ...own, ...(await referencedInputs(job.record, this.parts.rows)) };
  }

  private card(job: Job): TrainingCard {
    const { trainer, parameters, data, scores, libraries, fitMs } = job.record;
    return {
      job: job.name,
      trainer,
      parameters,
      dataSha256: data.sha256,
      rows: data.rows,
      columns: data.columns,
      scores,
      libraries,
      fitMs: fitMs ?? 0,
      ...toldOfPolicy(job.outputs ?? {}),
      trainedTs: this.parts.clock.wall(),
    };
  }
}

/** What a trainer of policies answers beside its figures. @throws HeadgateError where a client could not use it */
function toldOfPolicy(outputs: Tensors): Pick<TrainingCard, "policy" | "summary"> {
  const [layout, summary] = ["observation_layout", "summary"].map((name) => {
    const [text] = outputs[name]?.data ?? [];
    return typeof text === "string" ? text : undefined;
  });
  if (layout === undefined) return {};
  const parsed = parsePolicyLayout(layout);
  if ("problem" in parsed)
    throw new HeadgateError(
      "internal",
      `the trainer's observation_layout cannot be used: ${parsed.problem}`,
      {
        processed: "maybe",
      },
    );
  return { policy: parsed.layout, ...(summary !== undefined && { summary }) };
}

function requireRunning(job: Job): void {
  if (job.ended) throw new JobEndedError(`the job ${job.name} has ended`);
}
