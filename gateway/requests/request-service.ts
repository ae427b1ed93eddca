/**
 * Handles the requests of every face in the same way, and answers each once: with a plain value, or with a
 * HeadgateError whose message is fit for the client. This class has those that concern servables; the others are in
 * `streams`, `topics`, `datasets`, `training`, `promotions` and `schedules`.
 */
import type { Servable } from "../../engines/servable.js";
import { requireScope } from "../auth/authorization.js";
import type { Scope } from "../auth/scopes.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import { tensorsBytes } from "../quotas/tensor-bytes.js";
import type { InferenceHandle } from "./answers.js";
import { type DatasetDependencies, DatasetService } from "./dataset-service.js";
import type { ServableDescription } from "./describe.js";
import type { Descriptions, ServablesAnswer } from "./descriptions.js";
import type { Inference } from "./inference.js";
import type { InferenceRun } from "./inference-run.js";
import type { AdministrationAction, ModelAdministration } from "./model-administration.js";
import { PromotionService, type PromotionServiceDependencies } from "./promotion-service.js";
import { type LifecycleDependencies, RequestLifecycle } from "./request-lifecycle.js";
import type { RequestStart } from "./request-log.js";
import type { Requester, RequestName } from "./requester.js";
import { ScheduleService, type ScheduleServiceDependencies } from "./schedule-service.js";
import { type VersionStatistics, withZeros } from "./statistics.js";
import { StreamService } from "./stream-service.js";
import type { StateDependencies } from "./stream-state.js";
import { TopicService } from "./topic-service.js";
import { type TrainingDependencies, TrainingService } from "./training-service.js";

/** Records the outcome of each inference in the metrics. */
export interface RequestFigures {
  answered(servable: Servable, requestMs: number, queueMs: number): void;
  refused(servable: Servable, error: unknown): void;
  statistics(): Iterable<VersionStatistics>;
}

export interface RequestDependencies
  extends LifecycleDependencies,
    StateDependencies,
    DatasetDependencies,
    PromotionServiceDependencies,
    ScheduleServiceDependencies,
    TrainingDependencies {
  readonly inference: Pick<Inference, "start" | "requireRight">;
  readonly descriptions: Descriptions;
  readonly administration: Pick<ModelAdministration, "carryOut">;
  readonly figures: RequestFigures;
}

export class RequestService {
  readonly lifecycle: RequestLifecycle;
  readonly streams: StreamService;
  readonly topics: TopicService;
  readonly datasets: DatasetService;
  readonly training: TrainingService;
  readonly promotions: PromotionService;
  readonly schedules: ScheduleService;

  constructor(private readonly dependencies: RequestDependencies) {
    this.lifecycle = new RequestLifecycle(dependencies);
    this.streams = new StreamService(this.lifecycle, dependencies);
    this.topics = new TopicService(this.lifecycle, dependencies.journal);
    this.datasets = new DatasetService(this.lifecycle, dependencies);
    this.training = new TrainingService(this.lifecycle, dependencies);
    this.promotions = new PromotionService(this.lifecycle, dependencies);
    this.schedules = new ScheduleService(this.lifecycle, dependencies);
  }

  /**
   * Asks for the scope of a request whose body was not read yet: whoever lacks it would otherwise have megabytes read,
   * decompressed and parsed. Only a refused request is charged here.
   * @throws HeadgateError permission_denied, or unavailable while draining
   */
  requireScope(requester: Requester, scope: Scope, type: string): void {
    this.lifecycle.beforeReading(requester, type, () => requireScope(requester.principal, scope));
  }

  /**
   * The same for an inference: the servable says which scope it needs.
   * @throws HeadgateError also not_found, or unavailable where the servable cannot answer
   */
  requireInference(requester: Requester, model: string, version: string | undefined): void {
    this.lifecycle.beforeReading(requester, "infer", () =>
      this.dependencies.inference.requireRight(model, version, requester.principal),
    );
  }

  /** @throws HeadgateError when the request is invalid or cannot be accepted; then nothing is computed */
  infer(requester: Requester, request: InferenceRequest, name?: RequestName): InferenceHandle {
    const { lifecycle } = this;
    const { clock, figures, requestLog, traffic } = this.dependencies;
    const { tenant } = requester.principal;
    const requestStart: RequestStart = { requester, type: "infer", name, request };
    const startedAt = clock.now();
    const running = this.start(requestStart, startedAt, request);
    const { servable } = running;
    lifecycle.began();
    const answer = running.answer.then(
      (answered) => {
        lifecycle.ended();
        const requestMs = clock.now() - startedAt;
        // The queue time of the first request was counted before.
        const { cached } = running;
        const queueMs = cached ? 0 : answered.timing.queue_ms;
        figures.answered(servable, requestMs, queueMs);
        traffic.listener?.answered(tenant, servable, requestMs);
        requestLog?.answered(requestStart, requestMs, answered, cached);
        return answered;
      },
      (error: unknown) => {
        lifecycle.ended();
        figures.refused(servable, error);
        traffic.listener?.refused(tenant, servable);
        throw lifecycle.failure(requestStart, startedAt, error);
      },
    );
    return new RunningInference(running, answer);
  }

  /**
   * Answers the same object while the description does not change.
   * @throws HeadgateError not_found
   */
  describe(requester: Requester, model: string | undefined, name?: RequestName): ServablesAnswer {
    return this.lifecycle.immediately(requester, "describe", name, () =>
      this.dependencies.descriptions.of(model),
    );
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
      throw this.lifecycle.reportedError(error, requester, "describe", name);
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
    return this.lifecycle.immediately(requester, "statistics", name, () => {
      requireScope(requester.principal, "metrics:read");
      const { models } = this.dependencies.descriptions.of(model);
      const counted = [...this.dependencies.figures.statistics()];
      return withZeros(
        counted.filter((each) => model === undefined || each.model === model),
        // A trainer is never inferred: its trainings are jobs.
        models.filter(({ kind }) => kind !== "trainer"),
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
    return this.lifecycle.work(requester, action, name, async () => {
      this.lifecycle.admit(requester);
      requireScope(requester.principal, "models:admin");
      await this.dependencies.administration.carryOut(action, model, requester.principal);
    });
  }

  private start(requestStart: RequestStart, startedAt: number, request: InferenceRequest): InferenceRun {
    const { requester } = requestStart;
    const { traffic, inference } = this.dependencies;
    const { principal } = requester;
    traffic.listener?.received(principal.tenant, tensorsBytes(request.inputs));
    try {
      this.lifecycle.requireServing(requester);
      const account = this.lifecycle.accountOf(requester);
      account.admitRequest(account.countsBytes ? tensorsBytes(request.inputs) : 0, 0, startedAt);
      return inference.start(request, principal, account);
    } catch (error) {
      traffic.listener?.refused(principal.tenant, undefined);
      throw this.lifecycle.failure(requestStart, startedAt, error);
    }
  }
}

/**
 * A request as its face sees it. It is a class, because V8 makes a hidden class of its own for each object literal with a
 * getter, which keeps the request alive until the next full collection: two fifths of what was young survived each
 * collection, and the requests took four times as long.
 */
class RunningInference implements InferenceHandle {
  constructor(
    private readonly run: InferenceRun,
    readonly answer: InferenceHandle["answer"],
  ) {}

  get cached(): boolean {
    return this.run.cached;
  }

  cancel(): void {
    this.run.cancel();
  }
}
