/** The requests that promote a version of a model, and that take a promotion back. */
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import { requireScope } from "../auth/authorization.js";
import type { Principal } from "../auth/principal.js";
import type { PromotionRequest, Promotions, RollbackRequest } from "../models/promotions.js";
import type { RequestLifecycle } from "./request-lifecycle.js";
import type { Requester, RequestName } from "./requester.js";

export interface PromotionServiceDependencies {
  readonly promotions: Pick<Promotions, "promote" | "rollback">;
}

export class PromotionService {
  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly dependencies: PromotionServiceDependencies,
  ) {}

  /** Settles once the version serves with its share and its alias. */
  promote(requester: Requester, request: PromotionRequest, name?: RequestName): Promise<PromotionRecord> {
    return this.work(requester, "promote", name, (principal) =>
      this.dependencies.promotions.promote(request, principal),
    );
  }

  /** Settles once the version before the last promotion serves. */
  rollback(requester: Requester, request: RollbackRequest, name?: RequestName): Promise<PromotionRecord> {
    return this.work(requester, "rollback", name, (principal) =>
      this.dependencies.promotions.rollback(request, principal),
    );
  }

  private work(
    requester: Requester,
    type: "promote" | "rollback",
    name: RequestName,
    carryOut: (principal: Principal) => Promise<PromotionRecord>,
  ): Promise<PromotionRecord> {
    return this.lifecycle.work(requester, type, name, async () => {
      this.lifecycle.admit(requester);
      requireScope(requester.principal, "models:admin");
      return carryOut(requester.principal);
    });
  }
}
