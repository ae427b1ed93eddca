/** Regime changes, and subscribers to them, made up for a test. */
import type { TopicKey } from "../../gateway/events/event-log.js";
import type { SubscriptionListener } from "../../gateway/events/subscription-listener.js";
import type { TopicOwner } from "../../gateway/events/topic-owner.js";
import type { EventData, GatewayFrame, RegimeChange } from "../../protocol/frames.js";
import type { SharedFrame } from "../../protocol/shared-frame.js";
import type { TestHouse } from "./house.js";

export function change(stream = "SPX", to = "calm", observed_ts = 1): RegimeChange {
  return {
    kind: "regime_change",
    stream,
    from: "unknown",
    to,
    probability: 0.9,
    probabilities: { calm: 0.9, turbulent: 0.1 },
    detector: "openly",
    version: "1",
    observed_ts,
  };
}

/** The owner of topics that have no state beside their events. */
export const nobody: TopicOwner = {
  state: () => null,
  feed: () => ({ lastTs: null, silentMs: null }),
  topics: () => [],
};

/** Publishes as a stream would: writes the event to the log and sends it to the subscribers. */
export function publish({ house, journal }: TestHouse, key: TopicKey, data: EventData): Promise<void> {
  return journal.commit({ events: [{ key, data }] }, house.hub.publish);
}

/** A connection that keeps the frames pushed to it, and can be as slow as the test wants. */
export class ScriptedListener implements SubscriptionListener {
  readonly frames: GatewayFrame[] = [];
  crowded = false;
  busy = false;
  /** The errors it received because the log could not be read. */
  readonly failures: unknown[] = [];
  private waiting: (() => void)[] = [];

  /** @param room the number of frames after which the connection is crowded, until `drain` is called */
  constructor(private room = Number.POSITIVE_INFINITY) {}

  push(shared: SharedFrame): void {
    this.frames.push(shared.frame);
    if (this.frames.length >= this.room) this.crowded = true;
  }

  drained(): Promise<void> {
    if (!this.crowded && !this.busy) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** All pushed frames have been sent, and from now on the connection is never crowded. */
  drain(): void {
    this.room = Number.POSITIVE_INFINITY;
    this.crowded = false;
    this.busy = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  failed(error: unknown): void {
    this.failures.push(error);
  }
}
