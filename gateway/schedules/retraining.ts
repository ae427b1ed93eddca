/**
 * Takes a retraining from one stage to the next. What it does in a stage it finds done when it is asked again: the jobs
 * have names that follow from the schedule, and a decision is stored before it is carried out. So a restart of the
 * gateway, or a disk that refuses a record, repeats nothing.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { RetrainStage } from "../../protocol/schedule-frames.js";
import type { JobState } from "../../protocol/train-frames.js";
import { challengerAlias, championAlias } from "../catalog/champion-aliases.js";
import { championOf } from "./champion.js";
import { decisionOn, reasonText } from "./decision.js";
import { heldOutSplitter, trainedRows } from "./held-out.js";
import { pinnedInputs } from "./pinned-inputs.js";
import type { RetrainingParts, ScheduledTraining } from "./retraining-parts.js";
import {
  jobName,
  type PublishedCandidate,
  principalOf,
  type Retraining,
  type ScheduleRecord,
} from "./schedule-record.js";
import { scoreOfSettings } from "./scored-rows.js";

/** Versions whose training rows a schedule remembers. */
const publishedMax = 64;

export class Retrainings {
  constructor(private readonly parts: RetrainingParts) {}

  /**
   * The retraining of a schedule that has just fallen due, on the rows that there are now.
   * @throws HeadgateError with the reason why there is nothing to train on
   */
  begin({ settings, principal }: ScheduleRecord): Retraining {
    const { rows: count, table } = pinnedInputs(this.parts.datasets, principal.namespace, settings.inputs);
    const rows = trainedRows(table, count, settings.last_rows);
    if (settings.validation !== undefined) heldOutSplitter(rows, settings.validation);
    const stage = settings.validation === undefined ? "train" : "evaluate";
    return { stage, startedTs: this.parts.clock.wall(), rows, version: null, decision: null };
  }

  /**
   * The record after the next step; the same record where the retraining waits for its job. Without a `retraining` it
   * is over, and `last` is its decision.
   * @throws HeadgateError with the reason why the retraining comes to nothing
   */
  async advance(record: ScheduleRecord): Promise<ScheduleRecord> {
    const { retraining } = record;
    if (retraining === null) return record;
    if (retraining.stage === "evaluate") return this.evaluate(record, retraining);
    if (retraining.stage === "train") return this.train(record, retraining);
    return this.promote(record, retraining);
  }

  /** Cancels what the retraining waits for. */
  async cancel(record: ScheduleRecord): Promise<void> {
    const { retraining, principal } = record;
    const name = jobName(record, retraining?.stage ?? "evaluate");
    if (retraining !== null && this.parts.jobs.state(principal.namespace, name) !== null)
      await this.parts.jobs.cancel(principal.namespace, name).catch(() => undefined);
  }

  private async evaluate(record: ScheduleRecord, retraining: Retraining): Promise<ScheduleRecord> {
    const { settings } = record;
    const { trainer, parameters = {}, validation } = settings;
    if (validation === undefined) return { ...record, retraining: { ...retraining, stage: "train" } };
    const score = scoreOfSettings(settings, this.parts.answersOf);
    const job = await this.job(record, retraining, {
      trainer: "walk_forward",
      parameters: {
        estimator: { trainer, parameters },
        splitter: heldOutSplitter(retraining.rows, validation),
        method: score === "log_loss" ? "predict_proba" : "predict",
        // The champion is scored by its graph: the candidate's fits are, too.
        predictions: "onnx",
      },
    });
    return job === undefined ? record : { ...record, retraining: { ...retraining, stage: "train" } };
  }

  private async train(record: ScheduleRecord, retraining: Retraining): Promise<ScheduleRecord> {
    const { settings, principal } = record;
    const { model, trainer, parameters, expires_after_ms } = settings;
    const publication = {
      model,
      traffic: 0,
      aliases: [challengerAlias],
      ...(expires_after_ms !== undefined && { expires_after_ms }),
    };
    const job = await this.job(record, retraining, { trainer, parameters, publication });
    if (job === undefined) return record;
    if (job.published === null)
      throw new HeadgateError("internal", `the job ${job.job} published no version`);
    const { version } = job.published;
    const outputs = await this.parts.jobs.outputs(principal.namespace, job.job);
    const classes = outputs?.["classes"];
    const candidate = {
      version,
      rows: retraining.rows,
      X: settings.inputs["X"],
      classes: classes === undefined ? null : Array.from(classes.data, String),
    };
    const published = [...earlierVersions(record, version), candidate].slice(-publishedMax);
    return { ...record, published, retraining: { ...retraining, stage: "promote", version } };
  }

  private async promote(record: ScheduleRecord, retraining: Retraining): Promise<ScheduleRecord> {
    const { version } = retraining;
    if (version === null) throw new Error("a retraining without a version cannot be promoted");
    const { decision } = retraining;
    if (decision === null) {
      const decided = await decisionOn(this.parts, record, { ...retraining, version });
      return { ...record, retraining: { ...retraining, decision: decided } };
    }
    const { settings, principal } = record;
    const { model, schedule } = settings;
    // A gateway that ended before the end was written has promoted it already.
    const isDone = this.parts.catalog.aliases(model, version).includes(championAlias);
    if (decision.promoted && !isDone) {
      // Somebody chose another champion since: what was decided is about the earlier one.
      if ((championOf(this.parts.catalog, model, version) ?? null) !== decision.champion)
        return { ...record, retraining: { ...retraining, decision: null } };
      const by = { ...principalOf(record), subject: `schedule:${schedule} of ${principal.subject}` };
      const reason = reasonText(schedule, decision);
      await this.parts.promotions.promote({ model, version, alias: championAlias, traffic: 1, reason }, by);
    }
    return { ...record, retraining: null, last: decision, error: null };
  }

  /**
   * The stage's job once it is done; undefined while it goes on.
   * @throws HeadgateError with the reason why it failed
   */
  private async job(
    record: ScheduleRecord,
    { stage, rows }: Retraining,
    training: Omit<ScheduledTraining, "job" | "inputs" | "label">,
  ): Promise<JobState | undefined> {
    const { settings, principal } = record;
    const job = jobName(record, stage);
    const known = this.parts.jobs.state(principal.namespace, job);
    if (known === null) {
      const inputs = pinnedInputs(this.parts.datasets, principal.namespace, settings.inputs, rows).references;
      const label = `${settings.schedule}: ${labels[stage]}`;
      await this.parts.train({ ...training, job, inputs, label }, principalOf(record));
      return undefined;
    }
    if (known.state === "done") return known;
    if (known.state !== "failed" && known.state !== "cancelled") return undefined;
    const { code, message } = known.error ?? { code: "internal", message: `the job ended as ${known.state}` };
    throw new HeadgateError(code, message);
  }
}

const labels: Readonly<Record<RetrainStage, string>> = {
  evaluate: "scores the candidate",
  train: "trains the candidate",
  promote: "promotes the candidate",
};

/** A folder that was removed begins with version 1 again: what was known of higher ones is of others. */
function earlierVersions({ published }: ScheduleRecord, version: string): readonly PublishedCandidate[] {
  return published.filter((each) => Number(each.version) < Number(version));
}
