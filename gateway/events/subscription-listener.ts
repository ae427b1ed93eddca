/** What a subscription stands between: the connection it writes to, and what it tells of. */
import type { SharedFrame } from "../../protocol/shared-frame.js";
import type { Clock } from "../clock.js";
import type { TurnBudget } from "../turn-budget.js";
import type { TopicOwner } from "./topic-owner.js";

/** The connection, as a subscription sees it. */
export interface SubscriptionListener {
  push(frame: SharedFrame): void;
  /** History would wait: half of what may wait does. */
  readonly crowded: boolean;
  /** Anything is still on its way. */
  readonly busy: boolean;
  drained(): Promise<void>;
  /** The log could not be read for it: what it missed and a snapshot will not come. */
  failed(error: unknown): void;
}

/** What a subscription tells of beside the log. */
export interface SubscriptionDependencies {
  readonly clock: Clock;
  /** Of the subscribed kind of topics. */
  readonly owner: TopicOwner;
  readonly turns: TurnBudget;
}
