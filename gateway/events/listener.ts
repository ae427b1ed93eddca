/** What a subscription stands between: the connection it writes to, and what it tells of. */
import type { Snapshot } from "../../protocol/frames.js";
import type { SharedFrame } from "../../protocol/shared-frame.js";
import type { Clock } from "../clock.js";
import type { TurnBudget } from "../turn-budget.js";

/** The connection, as a subscription sees it. */
export interface Listener {
  push(frame: SharedFrame): void;
  /** History would wait: half of what may wait does. */
  readonly crowded: boolean;
  /** Anything is still on its way. */
  readonly busy: boolean;
  drained(): Promise<void>;
}

/** What a subscription tells of beside the log. */
export interface TopicView {
  readonly clock: Clock;
  /** The state of a topic now. */
  readonly state: (topic: string) => Snapshot["data"];
  /** Milliseconds for which the topic's stream was given nothing; null without one. */
  readonly silentMs: (topic: string) => number | null;
  /** Topics a pattern stands for now. */
  readonly topics: () => readonly string[];
  readonly turns: TurnBudget;
}
