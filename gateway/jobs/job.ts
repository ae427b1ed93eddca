/** One job of this gateway's life: its record, what a running fit tells, and the request that waits for it. */

import type { Tensors } from "../../engines/engine.js";
import type { FittedTraining, TrainingProgress } from "../../engines/training/trainer.js";
import type { JobState, TrainingSummary } from "../../protocol/train-frames.js";
import type { ModelReservation } from "../models/trained-models.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { Settlement } from "../waiting/settlement.js";
import type { JobLimits } from "./job-limits.js";
import { type FitProgress, hasEnded, type JobRecord, jobState, noProgress } from "./job-record.js";
import type { JobAnswer } from "./job-request.js";
import type { JobHistory } from "./job-store.js";
import { LearningCurve } from "./learning-curve.js";
import { LineLog } from "./line-log.js";

/** What a job has while it has not ended. */
export interface JobResources {
  readonly account: QuotaAccount | undefined;
  /** Undefined where nobody waits. */
  readonly waiting: Settlement<JobAnswer> | undefined;
  /** The inputs where they are in memory; a job in the background reads them when it starts. */
  inputs: Tensors | undefined;
}

export class Job {
  progress: FitProgress = noProgress;
  /** True once its end is decided: of a job in the background the record tells it when it is on disk. */
  ending = false;
  /** False for a job in the background until it is on disk: it is not acked yet, and nobody knows of it. */
  isStored: boolean;
  /** Stops the running fit. */
  stop: (() => void) | undefined;
  /** The fitted attributes, from the end of the fit until the job's end is on disk. */
  outputs: Tensors | undefined;
  reservation: ModelReservation | undefined;
  private curve: LearningCurve;
  private lines: LineLog;

  /** @param resources undefined for a job that has ended */
  constructor(
    public record: JobRecord,
    public resources: JobResources | undefined,
    private readonly limits: Pick<JobLimits, "curvePointsMax" | "logLinesMax">,
  ) {
    this.isStored = !record.background;
    this.curve = new LearningCurve(limits.curvePointsMax);
    this.lines = new LineLog(limits.logLinesMax);
  }

  get name(): string {
    return this.record.job;
  }

  get namespace(): string {
    return this.record.principal.namespace;
  }

  get ended(): boolean {
    return this.ending || hasEnded(this.record);
  }

  state(): JobState {
    return jobState(this.record, this.progress);
  }

  change(change: Partial<JobRecord>): void {
    this.record = { ...this.record, ...change };
  }

  /** Answers the request that waits, if there is one. */
  answer(): void {
    const { handle } = this.record;
    const answer = {
      outputs: this.outputs ?? {},
      handle: handle ?? undefined,
      training: summaryOf(this.record),
    };
    this.resources?.waiting?.resolve(answer);
  }

  log(line: string): void {
    this.lines.add(line);
  }

  /** @param ms milliseconds since the fit began */
  progressed({ iteration, shareDone, loss, score, figures }: TrainingProgress, ms: number): void {
    const before = this.progress;
    const share = shareDone ?? before.shareDone;
    this.progress = {
      iteration: iteration ?? before.iteration,
      shareDone: share,
      remainingMs: share === null || share <= 0 ? null : Math.round((ms * (1 - share)) / share),
      loss: loss ?? before.loss,
      score: score ?? before.score,
      figures: { ...before.figures, ...figures },
    };
    if (iteration === undefined || (loss ?? score ?? figures) === undefined) return;
    this.curve.add({
      iteration,
      loss: loss ?? null,
      score: score ?? null,
      ...(figures !== undefined && { figures }),
    });
  }

  /** Gives up what a job needs until its end is on disk: from then on its history is read from there. */
  release(): void {
    this.resources = undefined;
    this.outputs = undefined;
    this.reservation = undefined;
    this.progress = noProgress;
    this.curve = new LearningCurve(this.limits.curvePointsMax);
    this.lines = new LineLog(this.limits.logLinesMax);
  }

  history(): JobHistory {
    return { log: this.lines.shown(), curve: this.curve.points() };
  }
}

/** What the answer tells beside the fitted attributes. */
export function summaryOf({ job, fitMs, convertMs, libraries, published }: JobRecord): TrainingSummary {
  return {
    job,
    fit_ms: fitMs ?? 0,
    convert_ms: convertMs,
    libraries,
    ...(published !== null && { published }),
  };
}

/** The scores among the fitted attributes, for the model's card. */
export function scoresOf({ outputs }: Pick<FittedTraining, "outputs">): Record<string, number> {
  const scores: Record<string, number> = {};
  for (const [name, { data }] of Object.entries(outputs)) {
    const [score] = name.endsWith("_score") && data.length === 1 ? data : [];
    if (typeof score === "number") scores[name] = score;
  }
  return scores;
}
