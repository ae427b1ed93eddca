/** Opens and closes models of the repository at a client's request, and records whose request it was. */
import type { Logger } from "pino";
import type { Principal } from "../auth/principal.js";
import type { Clock } from "../clock.js";
import { within } from "../waiting/deadline.js";

/** The models of the repository while they are served. */
export interface ModelRepository {
  /** @throws HeadgateError not_found, or failed_precondition with the reason */
  load(name: string): Promise<void>;
  /** @throws HeadgateError not_found */
  unload(name: string): Promise<void>;
}

export type AdministrationAction = "load" | "unload";

export interface AdministrationMetrics {
  administered(action: AdministrationAction, outcome: "done" | "failed"): void;
}

/** Milliseconds that a client waits for a model to be proven and opened; it is opened all the same after that. */
const waitMs = 600_000;

export class ModelAdministration {
  constructor(
    private readonly repository: ModelRepository,
    private readonly clock: Clock,
    private readonly log: Pick<Logger, "info" | "warn">,
    private readonly metrics: AdministrationMetrics,
  ) {}

  /** Settles once a version of the model is open, or no request is routed to it any more. */
  async carryOut(
    action: AdministrationAction,
    model: string,
    { subject, tenant }: Pick<Principal, "subject" | "tenant">,
  ): Promise<void> {
    try {
      await within({ answer: this.repository[action](model), cancel: () => {} }, waitMs, this.clock).answer;
    } catch (error) {
      this.metrics.administered(action, "failed");
      this.log.warn({ action, model, subject, tenant, err: error }, "a model could not be administered");
      throw error;
    }
    this.metrics.administered(action, "done");
    this.log.info({ action, model, subject, tenant }, "a model was administered");
  }
}
