/**
 * Carries out an inference request: finds the servable, validates the request against its signature, and queues it.
 */

import type { Servable } from "../../engines/servable.js";
import {
  requireInferable,
  validateInputs,
  validateOutputs,
  validateParameters,
} from "../../engines/validate.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { InputsUsed } from "../../protocol/reference.js";
import { requireScope } from "../auth/authorization.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import type { Principal } from "../auth/principal.js";
import type { Catalog } from "../catalog/catalog.js";
import { requireUnexpired } from "../catalog/expiry.js";
import type { InferenceRequest, TensorRequest } from "../catalog/inference-request.js";
import type { Clock } from "../clock.js";
import { type FitHandles, renewedHandle } from "../fits/fit-handles.js";
import { engineParameters } from "../fits/kept-signatures.js";
import type { Idempotency } from "../idempotency/idempotency.js";
import type { InferencePipeline } from "../models/inference-pipeline.js";
import type { KeptApplications } from "../models/kept/kept-applications.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { Answer, ComputeMeter } from "../scheduling/queued-request.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import { startOnce, within } from "../waiting/deadline.js";
import { KeyedMutex } from "../waiting/keyed-mutex.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import { FollowingRun, type InferenceRun } from "./inference-run.js";
import { hasReferences, type InputReferences, type ResolvedInputs } from "./input-references.js";
import { priorityOf, timeoutOf } from "./request-defaults.js";
import { RequestDigest } from "./request-digest.js";

export class Inference {
  /** Makes updates of the same stored fit run one after another. */
  private readonly handleMutex: KeyedMutex;

  constructor(
    private readonly catalog: Catalog,
    private readonly scheduler: Scheduler,
    private readonly idempotency: Idempotency<Answer>,
    private readonly fitHandles: FitHandles,
    private readonly clock: Clock,
    /** What models need beside the scheduler, such as the response cache and the loading of a model. */
    private readonly path?: Pick<InferencePipeline<Answer>, "concerns" | "take">,
    /** Absent where there are no datasets and no streams to refer to. */
    private readonly references?: Pick<InputReferences, "resolve">,
    /** Absent where no models are trained. */
    private readonly applications?: Pick<KeptApplications, "concerns" | "start">,
  ) {
    this.handleMutex = new KeyedMutex(clock);
  }

  /**
   * Asks for the right to a servable, before a request to it is read.
   * @throws HeadgateError permission_denied, not_found, or unavailable with the reason
   */
  requireRight(model: string, version: string | undefined, principal: Principal): void {
    requireRightTo(this.catalog.resolve(model, version, principal.tenant), principal);
  }

  /**
   * @param account of the client's tenant; absent for the gateway's own requests and the calls of detectors
   * @param meter charged for the compute time
   * @param evenExpired where nobody acts on the answer: an expired champion is compared with a candidate
   * @throws HeadgateError when the request is invalid or cannot be accepted; then nothing is computed
   */
  start(
    request: InferenceRequest,
    principal: Principal,
    account?: QuotaAccount,
    meter: ComputeMeter | undefined = account,
    evenExpired = false,
  ): InferenceRun {
    const servable = this.catalog.resolve(
      request.model,
      request.version,
      principal.tenant,
      stickyOf(request),
      evenExpired,
    );
    requireRightTo(servable, principal);
    const { key } = request;
    if (key === undefined) return this.submit({ servable, request, principal, account, meter, evenExpired });
    const digest = new RequestDigest(request);
    const use = {
      namespace: principal.namespace,
      key,
      fingerprint: digest,
      tenant: account && principal.tenant,
    };
    const known = this.idempotency.known(use);
    if (known !== undefined) {
      const { answer, cancel } = within(known.join(), timeoutOf(servable, request), this.clock);
      return { servable, cached: true, answer: answer.then((first) => this.unexpired(first)), cancel };
    }
    this.idempotency.requireRoom(use);
    const submitted = this.submit({ servable, request, principal, account, meter, evenExpired }, digest);
    const kept = this.idempotency.keep(use, submitted);
    const { answer, cancel } = kept.join();
    return new FollowingRun(servable, () => submitted, answer, cancel);
  }

  /** @param digest of the request, where it was created already */
  private submit(routed: RoutedRequest, digest?: RequestDigest): InferenceRun {
    const { servable, request, account } = routed;
    const { signature } = servable;
    requireInferable(servable);
    validateOutputs(servable, request.outputs);
    validateParameters(signature.name, signature.parameters, request.parameters);
    const priority = priorityOf(servable, request.priority, account);
    const timeoutMs = timeoutOf(servable, request);
    if (hasTensors(request)) return this.compute({ ...routed, request }, priority, timeoutMs, digest);
    return this.afterResolving(routed, priority, timeoutMs);
  }

  /** Computes a request with references once the tensors that they stand for are at hand. */
  private afterResolving(routed: RoutedRequest, priority: number, timeoutMs: number): InferenceRun {
    const { servable, request, principal } = routed;
    if (this.references === undefined)
      throw new HeadgateError("unimplemented", "inputs: this gateway has no datasets to refer to");
    let used: InputsUsed | undefined;
    let run: InferenceRun | undefined;
    const compute = ({ inputs, identities, ...resolved }: ResolvedInputs, remainingMs: number) => {
      used = resolved.used;
      const tensors = { ...request, inputs };
      const digest = new RequestDigest(tensors, identities);
      run = this.compute({ ...routed, request: tensors }, priority, remainingMs, digest);
      return run;
    };
    const resolved = this.references.resolve(servable, request.inputs, principal);
    const work =
      resolved instanceof Promise
        ? this.afterReading(resolved, timeoutMs, compute)
        : leftAtEnd(resolved.copies, () => compute(resolved, timeoutMs));
    const answer = work.answer.then((answered) => ({ ...answered, inputsUsed: used }));
    return new FollowingRun(
      servable,
      () => run,
      answer,
      () => work.cancel(),
    );
  }

  private afterReading(
    reading: Promise<ResolvedInputs>,
    timeoutMs: number,
    compute: (resolved: ResolvedInputs, remainingMs: number) => PendingAnswer<Answer>,
  ): PendingAnswer<Answer> {
    let read: ResolvedInputs | undefined;
    const ready = reading.then((resolved) => {
      read = resolved;
    });
    const message = `the rows that the request refers to were not read within ${timeoutMs} ms`;
    const work = startOnce(ready, { clock: this.clock, timeoutMs, message }, (remainingMs) =>
      compute(read as ResolvedInputs, remainingMs),
    );
    // Rows may come after the request was cancelled or its time was over: then nothing is computed with them.
    const ended = work.answer.catch(() => undefined);
    ready.then(() => ended.then(() => read?.copies.leave())).catch(() => undefined);
    return work;
  }

  private compute(
    routed: TensorsRoutedRequest,
    priority: number,
    timeoutMs: number,
    digest?: RequestDigest,
  ): InferenceRun {
    const { servable, request, principal, account } = routed;
    const { signature } = servable;
    if (!routed.evenExpired) this.requireUnexpired(servable);
    if (this.applications?.concerns(signature)) {
      const asked = { signature, request, namespace: principal.namespace, account, timeoutMs };
      const work = this.applications.start(asked, (model, part, remainingMs) =>
        this.compute({ ...routed, servable: model, request: part }, priority, remainingMs),
      );
      return { servable, cached: false, ...work };
    }
    if (this.path?.concerns(servable)) {
      // Checked first, so that no model is loaded for an invalid request or one that its tenant may not compute. An
      // answer that is kept costs no compute time.
      const { rows } = validateInputs(servable, request.inputs);
      if (servable.responseCache === undefined) account?.requireCompute(rows, this.clock.now());
      const start = (remainingMs: number) => this.queue(routed, priority, remainingMs);
      const { namespace } = principal;
      const asked = { servable, request, namespace, timeoutMs, digest: digest ?? new RequestDigest(request) };
      return { servable, ...this.path.take(asked, start) };
    }
    const handle = renewedHandle(signature, request);
    if (handle === undefined) return this.queue(routed, priority, timeoutMs);
    const key = namespacedKey(principal.namespace, handle);
    const work = this.handleMutex.run(key, timeoutMs, (remainingMs) =>
      this.queue(routed, priority, remainingMs),
    );
    return { servable, cached: false, ...work };
  }

  /** Again after a wait for rows or for a version that is opened: it may have expired meanwhile. */
  private requireUnexpired(servable: Servable): void {
    if (servable.expiresTs !== undefined) requireUnexpired(servable, this.clock.wall());
  }

  /** An answer under a key may be an earlier version's, which has expired since. */
  private unexpired(answer: Answer): Answer {
    const entry = this.catalog.versions(answer.model).get(answer.version);
    if (entry !== undefined) this.requireUnexpired(entry.servable);
    return answer;
  }

  private queue(
    { servable, request, principal, account, meter, evenExpired }: TensorsRoutedRequest,
    priority: number,
    timeoutMs: number,
  ): InferenceRun {
    if (!evenExpired) this.requireUnexpired(servable);
    const { inputs, parameters, outputs, transformOutputs } = this.fitHandles.resolve(
      servable,
      request,
      principal.namespace,
      account,
    );
    const { rows, bucket } = validateInputs(servable, inputs);
    const isFit = servable.signature.kind === "fit";
    if (isFit) account?.requireRoomFor("fits", 1);
    account?.admitCompute(rows, this.clock.now());
    const queued = this.scheduler.submit({
      servable,
      inputs,
      parameters: engineParameters(servable.signature, parameters),
      outputs,
      rows,
      bucket,
      tenant: principal.tenant,
      weight: principal.weight,
      priority,
      timeoutMs,
      meter,
    });
    if (isFit && account !== undefined) holdUntilSettled(account, queued.answer);
    const answer =
      transformOutputs === undefined
        ? queued.answer
        : queued.answer.then((answered) => ({ ...answered, outputs: transformOutputs(answered.outputs) }));
    return { servable, cached: false, answer, cancel: () => this.scheduler.cancel(queued) };
  }
}

/** Counts a fit as the tenant's until it is answered. */
function holdUntilSettled(account: QuotaAccount, answer: Promise<unknown>): void {
  account.hold("fits", 1);
  const release = () => account.release("fits", 1);
  answer.then(release, release);
}

/** A request with the servable that answers it. */
interface RoutedRequest {
  readonly servable: Servable;
  readonly request: InferenceRequest;
  readonly principal: Principal;
  /** Of the principal's tenant; the gateway's own requests have none. */
  readonly account: QuotaAccount | undefined;
  readonly meter: ComputeMeter | undefined;
  readonly evenExpired: boolean;
}

/** A request whose inputs are all at hand. */
interface TensorsRoutedRequest extends RoutedRequest {
  readonly request: TensorRequest;
}

/** Gives the copies back once the request is answered, or where nothing is computed with them. */
function leftAtEnd<T extends PendingAnswer<unknown>>(copies: ResolvedInputs["copies"], start: () => T): T {
  const leave = () => copies.leave();
  try {
    const work = start();
    work.answer.then(leave, leave);
    return work;
  } catch (error) {
    leave();
    throw error;
  }
}

function hasTensors(request: InferenceRequest): request is TensorRequest {
  return !hasReferences(request.inputs);
}

function stickyOf({ parameters }: InferenceRequest): string | undefined {
  const key = parameters?.["sticky_key"];
  return typeof key === "string" ? key : undefined;
}

function requireRightTo({ signature }: Servable, principal: Principal): void {
  requireScope(principal, signature.kind === "fit" ? "fits:run" : "models:infer");
}
