/**
 * Handles the requests of every face in the same way: refuses them while draining and where their tenant's quotas are
 * used up, counts those without an answer, records metrics, and answers each once, with a plain value or with a
 * HeadgateError whose message is fit for the client.
 */
import type { Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import { regimeTopic } from "../../protocol/topics.js";
import { requireScope, requireSubscription, requireTopic } from "../auth/authorization.js";
import type { Scope } from "../auth/scopes.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import type { Clock } from "../clock.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { QuotaLedger } from "../quotas/quota-ledger.js";
import { tensorBytes, tensorsBytes } from "../quotas/tensor-bytes.js";
import type { BatchReceipt } from "../regimes/batch-queue.js";
import type { ObserveRequest, OpenRequest, StateRequest } from "../regimes/stream-requests.js";
import type { InferenceHandle, ObserveAnswer, OpenAnswer, StateAnswer } from "./answers.js";
import type { ServableDescription } from "./describe.js";
import type { Descriptions, ServablesAnswer } from "./descriptions.js";
import type { ErrorWording } from "./error-wording.js";
import { type EventPage, type EventsRequest, readEvents } from "./event-page.js";
import type { Inference, InferenceRun } from "./inference.js";
import type { AdministrationAction, ModelAdministration } from "./model-administration.js";
import type { RequestLog, RequestStart } from "./request-log.js";
import type { Requester, RequestName } from "./requester.js";
import type { VersionStatistics } from "./statistics.js";
import { listStreams, type StreamList, type StreamListRequest } from "./stream-list.js";
import { type StateDependencies, streamState } from "./stream-state.js";

/** Records the outcome of each inference in the metrics. */
export interface RequestFigures {
  answered(servable: Servable, requestMs: number, queueMs: number): void;
  refused(servable: Servable, error: unknown): void;
  statistics(): Iterable<VersionStatistics>;
}

export interface RequestDependencies extends StateDependencies {
  readonly clock: Pick<Clock, "now">;
  readonly inference: Pick<Inference, "start">;
  readonly descriptions: Descriptions;
  readonly administration: Pick<ModelAdministration, "carryOut">;
  readonly figures: RequestFigures;
  readonly quotas: Pick<QuotaLedger, "of">;
  readonly wording: ErrorWording;
  /** Absent when single requests are not logged. */
  readonly requestLog?: RequestLog | undefined;
}

/**
 * Requests that give something back. A tenant without requests left may still make some: otherwise it could not end
 * what it holds.
 */
const releasingRequests: ReadonlySet<string> = new Set(["close", "unsubscribe", "refresh"]);

/** The place of a subscription in its tenant's quota. */
export interface SubscriptionPlace {
  /** Called once, when the subscription ends. */
  end(): void;
}

export class RequestService {
  private unanswered = 0;
  private isDraining = false;

  constructor(private readonly dependencies: RequestDependencies) {}

  /** The number of requests without an answer, over all faces. */
  get inFlight(): number {
    return this.unanswered;
  }

  get draining(): boolean {
    return this.isDraining;
  }

  /** Refuses new requests from now on; requests in flight are still answered. */
  drain(): void {
    this.isDraining = true;
  }

  /** @throws HeadgateError unavailable while draining */
  requireServing(requester: Requester): void {
    if (this.isDraining && requester.left !== true)
      throw new HeadgateError("unavailable", "the gateway is draining", { processed: "no" });
  }

  /** @throws HeadgateError when the request is invalid or cannot be accepted; then nothing is computed */
  infer(requester: Requester, request: InferenceRequest, name?: RequestName): InferenceHandle {
    const { clock, figures, requestLog } = this.dependencies;
    const requestStart: RequestStart = { requester, type: "infer", name, request };
    const startedAt = clock.now();
    const running = this.start(requestStart, startedAt, request);
    const { servable, cached } = running;
    this.unanswered++;
    const answer = running.answer.then(
      (answered) => {
        this.unanswered--;
        const requestMs = clock.now() - startedAt;
        // The queue time of the first request was counted before.
        const queueMs = cached ? 0 : answered.timing.queue_ms;
        figures.answered(servable, requestMs, queueMs);
        requestLog?.answered(requestStart, requestMs, answered, cached);
        return answered;
      },
      (error: unknown) => {
        this.unanswered--;
        figures.refused(servable, error);
        throw this.failure(requestStart, startedAt, error);
      },
    );
    return { answer, cached, cancel: () => running.cancel() };
  }

  /**
   * Answers the same object while the description does not change.
   * @throws HeadgateError not_found
   */
  describe(requester: Requester, model: string | undefined, name?: RequestName): ServablesAnswer {
    return this.immediately(requester, "describe", name, () => this.dependencies.descriptions.of(model));
  }

  /**
   * The versions of a servable, for a face whose clients do not say what kind it is and which datatypes its inputs
   * have. It is a part of the request that follows, and counts as none.
   * @throws HeadgateError not_found
   */
  versionsOf(requester: Requester, model: string, name?: RequestName): readonly ServableDescription[] {
    try {
      return this.dependencies.descriptions.of(model).models;
    } catch (error) {
      throw this.reportedError(error, requester, "describe", name);
    }
  }

  /**
   * What was counted of each version since the gateway started. It tells of all tenants, as the metrics do.
   * @throws HeadgateError permission_denied, not_found
   */
  statistics(
    requester: Requester,
    model: string | undefined,
    name?: RequestName,
  ): readonly VersionStatistics[] {
    return this.immediately(requester, "statistics", name, () => {
      requireScope(requester.principal, "metrics:read");
      this.dependencies.descriptions.of(model);
      return [...this.dependencies.figures.statistics()].filter(
        (each) => model === undefined || each.model === model,
      );
    });
  }

  /**
   * Opens or closes a model of the repository.
   * @throws HeadgateError permission_denied, not_found, or failed_precondition with the reason
   */
  administer(
    requester: Requester,
    action: AdministrationAction,
    model: string,
    name?: RequestName,
  ): Promise<void> {
    return this.work(requester, action, name, async () => {
      this.admit(requester);
      requireScope(requester.principal, "models:admin");
      await this.dependencies.administration.carryOut(action, model, requester.principal);
    });
  }

  /** Answered once the stream's earlier observations are stored. */
  open(requester: Requester, request: OpenRequest, name?: RequestName): Promise<OpenAnswer> {
    return this.work(requester, "open", name, async () => {
      const { history } = request;
      this.admit(requester, history && tensorBytes(history.values), history?.ts.length);
      requireStream(requester, "streams:write", request.stream);
      // The models run for whoever feeds the stream: the right to them is asked for once, here.
      if (this.dependencies.streams.callsModels(request.detector))
        requireScope(requester.principal, "models:infer");
      const { namespace, tenant } = requester.principal;
      const { created, stream } = this.dependencies.streams.open(namespace, request, tenant);
      const { observations, last_ts: lastTs } = await stream.settled();
      return { created, lastTs, observations };
    });
  }

  observe(requester: Requester, request: ObserveRequest, name?: RequestName): Promise<ObserveAnswer> {
    return this.work(requester, "observe", name, async () => {
      const taken = await this.startObserving(requester, request);
      return { accepted: taken.accepted, duplicates: taken.duplicates, lastTs: taken.last_ts };
    });
  }

  /**
   * Handles an observation without an answer. A stop does not wait for it. Settles once the observation is stored;
   * rejects when it is refused.
   */
  feed(requester: Requester, request: ObserveRequest): Promise<unknown> {
    this.requireServing(requester);
    const observe = async () => this.startObserving(requester, request);
    return observe().catch((error: unknown) => {
      throw this.reportedError(error, requester, "observe", undefined);
    });
  }

  /**
   * @throws HeadgateError at once when no stream has the name, so that thousands of such requests never count as in
   * flight
   */
  close(requester: Requester, stream: string, name?: RequestName): Promise<void> {
    const closing = this.immediately(requester, "close", name, () => {
      requireStream(requester, "streams:write", stream);
      return this.dependencies.streams.close(requester.principal.namespace, stream);
    });
    return this.work(requester, "close", name, () => closing);
  }

  state(requester: Requester, request: StateRequest, name?: RequestName): Promise<StateAnswer> {
    return this.work(requester, "state", name, async () => {
      this.admit(requester);
      requireStream(requester, "streams:read", request.stream);
      return streamState(request, requester.principal.namespace, this.dependencies);
    });
  }

  /**
   * The streams of the client's namespace whose topics it may read, in the order of their names.
   * @throws HeadgateError permission_denied
   */
  listStreams(requester: Requester, request: StreamListRequest, name?: RequestName): StreamList {
    return this.immediately(requester, "streams", name, () => {
      requireScope(requester.principal, "streams:read");
      return listStreams(this.dependencies.streams, requester.principal, request);
    });
  }

  /** The events of one topic after a cursor, or its newest ones. */
  events(requester: Requester, request: EventsRequest, name?: RequestName): Promise<EventPage> {
    return this.work(requester, "events", name, async () => {
      this.admit(requester);
      requireSubscription(requester.principal, request.topic);
      const { namespace } = requester.principal;
      return readEvents(this.dependencies.journal, namespace, request);
    });
  }

  /**
   * Checks the right to a topic, or to all topics of a pattern, and starts what a face does with it.
   * @throws HeadgateError permission_denied, resource_exhausted, or what `start` throws
   */
  subscribe<T>(
    requester: Requester,
    topic: string,
    name: RequestName,
    start: (place: SubscriptionPlace) => T,
  ): T {
    return this.immediately(requester, "subscribe", name, () => {
      requireSubscription(requester.principal, topic);
      const account = this.accountOf(requester);
      account.requireRoomFor("subscriptions", 1);
      const started = start({ end: () => account.release("subscriptions", 1) });
      account.hold("subscriptions", 1);
      return started;
    });
  }

  /**
   * Carries out work of a face that is done at once, such as subscribing.
   * @throws HeadgateError whose message is fit for the client
   */
  immediately<T>(requester: Requester, type: string, name: RequestName, action: () => T): T {
    try {
      this.requireServing(requester);
      if (releasingRequests.has(type)) this.accountOf(requester).admitRelease(this.dependencies.clock.now());
      else this.admit(requester);
      return action();
    } catch (error) {
      throw this.reportedError(error, requester, type, name);
    }
  }

  /**
   * Charges a request that a face refuses before it is handled here, such as one that cannot be parsed: a client that
   * repeats a wrong request would otherwise cost the gateway time without end.
   * @returns the error to answer: the given one, or that of the quota when the tenant has no request left
   */
  refused<E>(requester: Requester, error: E): E | HeadgateError {
    try {
      this.admit(requester);
      return error;
    } catch (overQuota) {
      if (overQuota instanceof HeadgateError) return overQuota;
      throw overQuota;
    }
  }

  /**
   * Reads a request's fields or body with `read`, and charges a request that cannot be read.
   * @throws HeadgateError, or what `read` throws
   */
  async reading<T>(requester: Requester, read: () => T | Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw error instanceof HeadgateError ? this.refused(requester, error) : error;
    }
  }

  /** The error in the form for the client; an unforeseen error is logged. It must be called once for each error. */
  reportedError(
    error: unknown,
    { connection }: Requester,
    type: string,
    request: RequestName,
  ): HeadgateError {
    return this.dependencies.wording.report(error, { connection, request, type });
  }

  private startObserving(requester: Requester, request: ObserveRequest): Promise<BatchReceipt> {
    this.admit(
      requester,
      tensorBytes(request.values),
      typeof request.ts === "number" ? 1 : request.ts.length,
    );
    requireStream(requester, "streams:write", request.stream);
    return this.dependencies.streams.observe(requester.principal.namespace, request);
  }

  private accountOf({ principal }: Requester): QuotaAccount {
    return this.dependencies.quotas.of(principal.tenant);
  }

  /**
   * Counts a request against its tenant's quotas. One of a client that has left is counted and never refused, because
   * nobody could be told.
   * @throws HeadgateError resource_exhausted
   */
  private admit(requester: Requester, bytes = 0, rows = 0): void {
    const account = this.accountOf(requester);
    const now = this.dependencies.clock.now();
    if (requester.left === true) account.chargeRequest(bytes, rows, now);
    else account.admitRequest(bytes, rows, now);
  }

  private start(requestStart: RequestStart, startedAt: number, request: InferenceRequest): InferenceRun {
    const { requester } = requestStart;
    try {
      this.requireServing(requester);
      const account = this.accountOf(requester);
      account.admitRequest(account.countsBytes ? tensorsBytes(request.inputs) : 0, 0, startedAt);
      return this.dependencies.inference.start(request, requester.principal, account);
    } catch (error) {
      throw this.failure(requestStart, startedAt, error);
    }
  }

  private async work<T>(
    requester: Requester,
    type: string,
    name: RequestName,
    start: () => Promise<T>,
  ): Promise<T> {
    this.requireServing(requester);
    const { clock, requestLog } = this.dependencies;
    const requestStart: RequestStart = { requester, type, name };
    const startedAt = clock.now();
    this.unanswered++;
    try {
      const answer = await start();
      requestLog?.answered(requestStart, clock.now() - startedAt);
      return answer;
    } catch (error) {
      throw this.failure(requestStart, startedAt, error);
    } finally {
      this.unanswered--;
    }
  }

  /** The error in the form for the client, recorded in the request log. */
  private failure(requestStart: RequestStart, startedAt: number, error: unknown): HeadgateError {
    const { requester, type, name } = requestStart;
    const publicError = this.reportedError(error, requester, type, name);
    this.dependencies.requestLog?.failed(
      requestStart,
      this.dependencies.clock.now() - startedAt,
      publicError.code,
      publicError.message,
    );
    return publicError;
  }
}

/** @throws HeadgateError permission_denied */
function requireStream({ principal }: Requester, scope: Scope, stream: string): void {
  requireScope(principal, scope);
  requireTopic(principal, regimeTopic(stream));
}
