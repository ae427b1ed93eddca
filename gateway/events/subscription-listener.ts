/** The two neighbours of a subscription: the connection it writes to, and the source of its snapshots. */
import type { SharedFrame } from "../../protocol/shared-frame.js";
import type { Clock } from "../clock.js";
import type { TurnBudget } from "../turn-budget.js";
import type { TopicOwner } from "./topic-owner.js";

/** The connection, as a subscription sees it. */
export interface SubscriptionListener {
  push(frame: SharedFrame): void;
  /** True while half of the bytes that may wait on the socket do: a replay pauses then. */
  readonly crowded: boolean;
  /** True while any byte waits on the socket. */
  readonly busy: boolean;
  drained(): Promise<void>;
  /** The log could not be read for this subscription: its replay and its snapshots will not come. */
  failed(error: unknown): void;
}

/** What a subscription needs beside the log. */
export interface SubscriptionDependencies {
  readonly clock: Clock;
  /** The owner of the kind of topics that are subscribed to. */
  readonly owner: TopicOwner;
  readonly turns: TurnBudget;
}
