/** The calls that choose among a model's versions. */
import type { AckFrame, ResultFrame } from "../../protocol/frames.js";
import type { PromotionFrame, PromotionRecord } from "../../protocol/promotion-frames.js";
import type { CallOptions } from "./options.js";
import type { TrainingActions } from "./trainings.js";

/** What a promotion changes, and why. */
export interface PromoteOptions extends CallOptions {
  /** The share of the requests without a version that the version answers, from 0 to 1; 0 gives it the alias alone. Default: all. */
  readonly traffic?: number;
  /** A name that stands for the version from now on. */
  readonly alias?: string;
  /** Why, for the record that the gateway keeps. */
  readonly reason?: string;
}

/** What a rollback takes back, and why. */
export interface RollbackOptions extends CallOptions {
  /** Only this alias goes back, and the traffic stays. */
  readonly alias?: string;
  /** Why, for the record that the gateway keeps. */
  readonly reason?: string;
}

/** Milliseconds for an answer: it comes once the version was opened and proven where it was not, and serves. */
const promotionTimeoutMs = 600_000;

export class ClientPromotions {
  constructor(
    private readonly actions: Pick<TrainingActions, "ask" | "reached" | "timeoutOf" | "requireFeature">,
  ) {}

  promote(model: string, version: string, options: PromoteOptions): Promise<PromotionRecord> {
    const { traffic, alias, reason, ...call } = options;
    const chosen = { ...(traffic !== undefined && { traffic }), ...given(alias, reason) };
    return this.ask(call, (id) => ({ type: "promote", id, model, version, ...chosen }));
  }

  rollback(model: string, { alias, reason, ...call }: RollbackOptions): Promise<PromotionRecord> {
    return this.ask(call, (id) => ({ type: "rollback", id, model, ...given(alias, reason) }));
  }

  /** It is not sent again after a lost connection: the first may have been carried out, and is recorded then. */
  private async ask(call: CallOptions, frame: (id: number) => PromotionFrame): Promise<PromotionRecord> {
    const { actions } = this;
    await actions.reached();
    const answer: AckFrame | ResultFrame = await actions.ask({
      frame: (id) => {
        actions.requireFeature("promote");
        return frame(id);
      },
      repeatable: false,
      timeoutMs: actions.timeoutOf(call.timeoutMs ?? promotionTimeoutMs),
    });
    return recordOf(answer as AckFrame);
  }
}

function given(alias: string | undefined, reason: string | undefined) {
  return { ...(alias !== undefined && { alias }), ...(reason !== undefined && { reason }) };
}

function recordOf({ type: _type, id: _id, model: _model, ...record }: AckFrame): PromotionRecord {
  return record as AckFrame & PromotionRecord;
}
