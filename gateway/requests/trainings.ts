/**
 * Carries out a training request: finds the trainer, validates the request against its signature, and submits a job.
 * Inference does the same for everything that is queued at the workers.
 */
import type { Servable } from "../../engines/servable.js";
import { validateInputs } from "../../engines/validate.js";
import type { ParametersOfTrainer } from "../../engines/validate-nested.js";
import { validateNestedParameters } from "../../engines/validate-nested.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { InputsUsed } from "../../protocol/reference.js";
import { fromWire, toWire, type WireTensors } from "../../protocol/tensor.js";
import type { NestedParameters } from "../../protocol/train-frames.js";
import type { Principal } from "../auth/principal.js";
import type { Catalog } from "../catalog/catalog.js";
import type { CatalogEntry } from "../catalog/catalog-entry.js";
import type { Clock } from "../clock.js";
import type { Idempotency } from "../idempotency/idempotency.js";
import type { JobAnswer, JobRequest, JobSubmission } from "../jobs/job-request.js";
import type { Jobs } from "../jobs/jobs.js";
import type { TrainerServables } from "../jobs/trainer-servables.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { Answer } from "../scheduling/queued-request.js";
import type { TurnBudget } from "../turn-budget.js";
import { startOnce, within } from "../waiting/deadline.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import { hasReferences, type InputReferences, type ResolvedInputs } from "./input-references.js";
import { priorityOf, timeoutOf } from "./request-defaults.js";
import { digestOf } from "./training-data.js";
import { trainingFingerprint } from "./training-fingerprint.js";
import type { TrainingAnswer, TrainingRequest } from "./training-request.js";

export interface PendingTraining extends PendingAnswer<TrainingAnswer> {
  /** True when the answer was computed for an earlier request with the same key. */
  readonly cached: boolean;
}

export interface TrainingParts {
  readonly catalog: Pick<Catalog, "versions" | "all">;
  readonly trainers: Pick<TrainerServables, "refresh">;
  readonly parametersOf: ParametersOfTrainer;
  /** The names of what a trainer's models answer; none for one that makes no model. */
  readonly answersOf: (trainer: string) => readonly string[];
  readonly jobs: Pick<Jobs, "submit" | "describe">;
  readonly references: Pick<InputReferences, "resolve">;
  readonly idempotency: Idempotency<Answer>;
  readonly turns: Pick<TurnBudget, "all">;
  readonly clock: Clock;
}

/** A request with the trainer that answers it. */
interface RoutedTraining {
  readonly servable: Servable;
  readonly request: TrainingRequest;
  readonly principal: Principal;
  readonly account: QuotaAccount;
}

interface PreparedJob extends Pick<ResolvedInputs, "copies"> {
  readonly job: Omit<JobRequest, "timeoutMs">;
}

export class Trainings {
  constructor(private readonly parts: TrainingParts) {}

  /** @throws HeadgateError when the request is invalid or cannot be accepted; then nothing is trained */
  start(request: TrainingRequest, principal: Principal, account: QuotaAccount): PendingTraining {
    const { idempotency, clock } = this.parts;
    const entry = this.find(request);
    const routed = { servable: entry.servable, request, principal, account };
    const { key } = request;
    if (key === undefined) return { cached: false, ...this.submit(routed, entry) };
    const { namespace, tenant } = principal;
    const use = { namespace, key, fingerprint: trainingFingerprint(request), tenant };
    const known = idempotency.known(use);
    if (known !== undefined)
      return { cached: true, ...within(known.join(), timeoutOf(entry.servable, request), clock) };
    idempotency.requireRoom(use);
    return { cached: false, ...idempotency.keep(use, this.submit(routed, entry)).join() };
  }

  /**
   * Checks a training that will be asked for later.
   * @throws HeadgateError not_found, invalid_argument, or failed_precondition where the trainer is not installed
   */
  requireTrainable(request: Pick<TrainingRequest, "trainer" | "parameters">): void {
    const entry = this.find(request);
    this.requireInstalled(entry);
    this.validParameters(entry.servable, request);
  }

  /**
   * The trainer that a request names, whether it can train now or not.
   * @throws HeadgateError not_found, or invalid_argument for what is no trainer
   */
  private find({ trainer, version }: Pick<TrainingRequest, "trainer" | "version">): CatalogEntry {
    const { catalog, trainers } = this.parts;
    trainers.refresh();
    const versions = catalog.versions(trainer);
    const [first] = versions.values();
    if (first === undefined)
      throw new HeadgateError("not_found", `trainer: no trainer ${shown(trainer)}; ${this.offer()}`);
    const { kind } = first.servable.signature;
    if (kind !== "trainer")
      throw invalidArgument("trainer", `${trainer} is a ${kind}: send it an infer; ${this.offer()}`);
    const entry = version === undefined ? first : versions.get(version);
    if (entry === undefined)
      throw new HeadgateError(
        "not_found",
        `version: ${trainer} has no version ${shown(version)}; it has ${[...versions.keys()].join(", ")}`,
      );
    return entry;
  }

  private offer(): string {
    const names = this.parts.catalog
      .all()
      .map(({ servable }) => servable.signature)
      .filter(({ kind }) => kind === "trainer")
      .map(({ name }) => name);
    return `trainers are ${names.sort().join(", ") || "none"}`;
  }

  private requireInstalled({ state, servable }: CatalogEntry): void {
    if (state.kind !== "unavailable") return;
    const { name } = servable.signature;
    throw new HeadgateError("failed_precondition", `trainer: ${name}: ${state.reason}`);
  }

  private requireModelMade({ trainer, keepSeconds, publication }: TrainingRequest): void {
    if ((keepSeconds === undefined && publication === undefined) || this.parts.answersOf(trainer).length > 0)
      return;
    throw new HeadgateError(
      "failed_precondition",
      `${publication === undefined ? "keep_seconds" : "publish"}: ${trainer} makes no model: leave it out, and train the model by a request of its own`,
    );
  }

  private validParameters(
    { signature }: Servable,
    { parameters }: Pick<TrainingRequest, "parameters">,
  ): NestedParameters {
    const { name, nestedParameters = [] } = signature;
    return validateNestedParameters(name, nestedParameters, parameters, this.parts.parametersOf);
  }

  private submit(routed: RoutedTraining, entry: CatalogEntry): PendingAnswer<TrainingAnswer> {
    const { servable, request, account } = routed;
    this.requireInstalled(entry);
    this.requireModelMade(request);
    const parameters = this.validParameters(servable, request);
    const priority = priorityOf(servable, request.priority, account);
    const timeoutMs = timeoutOf(servable, request);
    // Tensors are checked at once; rows that the gateway has are checked when they are read.
    if (!hasReferences(request.inputs)) validateInputs(servable, request.inputs as WireTensors);
    let prepared: PreparedJob | undefined;
    const ready = this.prepare(routed, parameters, priority).then((job) => {
      prepared = job;
    });
    const message = `the rows to train on were not read within ${timeoutMs} ms`;
    const work = startOnce(ready, { clock: this.parts.clock, timeoutMs, message }, (remainingMs) =>
      this.run(routed, { ...(prepared as PreparedJob).job, timeoutMs: remainingMs }),
    );
    // Rows may come after the request was cancelled or its time was over: then nothing is trained with them.
    const ended = work.answer.catch(() => undefined);
    ready.then(() => ended.then(() => prepared?.copies.leave())).catch(() => undefined);
    return work;
  }

  private async prepare(
    routed: RoutedTraining,
    parameters: NestedParameters,
    priority: number,
  ): Promise<PreparedJob> {
    const { servable, request, principal, account } = routed;
    const resolved = await this.parts.references.resolve(servable, request.inputs, principal);
    const { inputs, used, copies } = resolved;
    try {
      if (hasReferences(request.inputs)) validateInputs(servable, inputs);
      const data = await this.parts.turns.all(digestOf(inputs, servable.signature));
      const { trainer, keepSeconds, publication, background, label, job: name } = request;
      const job = {
        job: name,
        principal,
        account,
        trainer,
        inputs: Object.fromEntries(Object.entries(inputs).map(([name, each]) => [name, fromWire(each)])),
        used,
        parameters,
        keepSeconds,
        publication,
        background,
        label,
        priority,
        data,
      };
      return { job, copies };
    } catch (error) {
      copies.leave();
      throw error;
    }
  }

  private run(routed: RoutedTraining, job: JobRequest): PendingAnswer<TrainingAnswer> {
    const submitted = this.parts.jobs.submit(job);
    const { answer } = submitted;
    if (answer === undefined) return acknowledged(routed, submitted, job.used);
    // Of a request that waits nothing is stored; a rejection would be one of the answer's.
    submitted.stored.catch(() => undefined);
    return {
      answer: answer.answer.then((found) => this.answered(routed, found, job.used)),
      cancel: () => answer.cancel(),
    };
  }

  private answered(
    { servable, principal }: RoutedTraining,
    { outputs, handle, training }: JobAnswer,
    used: InputsUsed,
  ): TrainingAnswer {
    const tensors = Object.entries(outputs).map(([name, each]) => [name, toWire(each)] as const);
    return {
      ...head(servable),
      timing: { ...timing, queue_ms: this.queueMs(principal, training.job), compute_ms: training.fit_ms },
      inputsUsed: usedOrNone(used),
      training,
      outputs: {
        ...(handle !== undefined && { handle: { datatype: "BYTES", shape: [], data: [handle] } }),
        ...Object.fromEntries(tensors),
      },
    };
  }

  /** Milliseconds that the job waited for its place. */
  private queueMs({ namespace }: Principal, job: string): number {
    const { created_ts: created, started_ts: started } = this.parts.jobs.describe(namespace, job);
    return started === null ? 0 : Math.max(0, started - created);
  }
}

const timing = { queue_ms: 0, compute_ms: 0, batch_size: 1 };

function head({ signature }: Servable) {
  return { model: signature.name, version: signature.version, backend: "trainer", precision: "native" };
}

function acknowledged(
  { servable }: RoutedTraining,
  { job, stored }: JobSubmission,
  used: InputsUsed,
): PendingAnswer<TrainingAnswer> {
  const answer = { ...head(servable), timing, inputsUsed: usedOrNone(used), job, outputs: {} };
  // The job is on its way to the disk and outlives the request: there is nothing to cancel.
  return { answer: stored.then(() => answer), cancel: () => {} };
}

function usedOrNone(used: InputsUsed): InputsUsed | undefined {
  return Object.keys(used).length === 0 ? undefined : used;
}
