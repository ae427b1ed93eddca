/**
 * What every request has in common, whoever makes it and whatever it is for: it is refused while the gateway drains
 * and where its tenant's quotas are used up, it counts as in flight until it is answered, its end is logged, and its
 * failure is a HeadgateError whose message is fit for the client.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { TrafficTap } from "../observe/traffic.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { QuotaLedger } from "../quotas/quota-ledger.js";
import type { ErrorWording } from "./error-wording.js";
import type { RequestLog, RequestStart } from "./request-log.js";
import type { Requester, RequestName } from "./requester.js";

export interface LifecycleDependencies {
  readonly clock: Pick<Clock, "now">;
  readonly quotas: Pick<QuotaLedger, "of">;
  readonly wording: ErrorWording;
  /** Is told of failures, bytes and observations while somebody watches. */
  readonly traffic: TrafficTap;
  /** Absent when single requests are not logged. */
  readonly requestLog?: RequestLog | undefined;
}

/**
 * Requests that give something back. A tenant without requests left may still make some: otherwise it could not end
 * what it holds.
 */
const releasingRequests: ReadonlySet<string> = new Set([
  "close",
  "drop",
  "unsubscribe",
  "unwatch",
  "refresh",
  "cancel_job",
]);

export class RequestLifecycle {
  private unanswered = 0;
  private isDraining = false;

  constructor(private readonly dependencies: LifecycleDependencies) {}

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
      if (error instanceof HeadgateError) this.countFailed(requester, error);
      return error;
    } catch (overQuota) {
      if (!(overQuota instanceof HeadgateError)) throw overQuota;
      this.countFailed(requester, overQuota);
      return overQuota;
    }
  }

  /**
   * Checks what the route alone decides of a request, before its body is read. Only a refused request is charged here.
   * @throws HeadgateError what `check` throws, or unavailable while draining
   */
  beforeReading(requester: Requester, type: string, check: () => void): void {
    try {
      this.requireServing(requester);
      check();
    } catch (error) {
      throw this.reportedError(this.refused(requester, error), requester, type, undefined);
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
  reportedError(error: unknown, requester: Requester, type: string, request: RequestName): HeadgateError {
    const { connection } = requester;
    const reported = this.dependencies.wording.report(error, { connection, request, type });
    this.countFailed(requester, reported);
    return reported;
  }

  accountOf({ principal }: Requester): QuotaAccount {
    return this.dependencies.quotas.of(principal.tenant);
  }

  /**
   * Counts a request against its tenant's quotas. One of a client that has left is counted and never refused, because
   * nobody could be told.
   * @throws HeadgateError resource_exhausted
   */
  admit(requester: Requester, bytes = 0, rows = 0): void {
    const account = this.accountOf(requester);
    const now = this.dependencies.clock.now();
    if (requester.left === true) account.chargeRequest(bytes, rows, now);
    else account.admitRequest(bytes, rows, now);
  }

  /** Counts a request as in flight; `ended` must be called once for it. */
  began(): void {
    this.unanswered++;
  }

  ended(): void {
    this.unanswered--;
  }

  /**
   * Carries out a request whose answer takes time. It counts as in flight until then.
   * @throws HeadgateError whose message is fit for the client
   */
  async work<T>(requester: Requester, type: string, name: RequestName, start: () => Promise<T>): Promise<T> {
    this.requireServing(requester);
    const { clock, requestLog } = this.dependencies;
    const requestStart: RequestStart = { requester, type, name };
    const startedAt = clock.now();
    this.began();
    try {
      const answer = await start();
      requestLog?.answered(requestStart, clock.now() - startedAt);
      return answer;
    } catch (error) {
      throw this.failure(requestStart, startedAt, error);
    } finally {
      this.ended();
    }
  }

  /** The error in the form for the client, recorded in the request log. */
  failure(requestStart: RequestStart, startedAt: number, error: unknown): HeadgateError {
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

  private countFailed({ principal }: Requester, { code }: HeadgateError): void {
    this.dependencies.traffic.listener?.failed(principal.tenant, code);
  }
}
