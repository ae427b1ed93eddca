/**
 * One subscription of one connection: catches up, then passes on what comes. Catching up is paced by the socket; live
 * events are not, and a reader who does not keep up is closed as a slow consumer.
 */
import type { EventFrame, HeartbeatFrame, SubscribeFrame } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { isPattern } from "../../protocol/topics.js";
import { CatchUp } from "./catch-up.js";
import type { EventLog, TopicKey } from "./event-log.js";
import type { SubscriptionDependencies, SubscriptionListener } from "./subscription-listener.js";

export class TopicSubscription {
  private readonly isPattern: boolean;
  private live = false;
  private catchUp: CatchUp | undefined;
  private ended = false;
  /** In mode `latest`: what a busy socket has not been given yet, by topic. */
  private readonly held = new Map<string, SharedFrame>();
  private flushing = false;
  /** The log's position up to which events were replayed, or are in the snapshots. */
  private caughtUpTo = 0;
  private stopBeating: () => void = () => {};

  constructor(
    readonly namespace: string,
    private readonly frame: SubscribeFrame,
    private readonly listener: SubscriptionListener,
    private readonly log: EventLog,
    private readonly view: SubscriptionDependencies,
  ) {
    this.isPattern = isPattern(frame.topic);
  }

  get topic(): string {
    return this.frame.topic;
  }

  /**
   * Settles once it is live, or ended: no event falls between what it was sent and those that come. Where the log
   * cannot be read it will not be live, and its listener is told.
   */
  async start(): Promise<void> {
    const { namespace, frame, listener, log, view } = this;
    this.catchUp = new CatchUp(namespace, frame, listener, log, view);
    const arrived = () => {
      this.caughtUpTo = log.position;
      this.live = true;
      this.catchUp = undefined;
      this.beatLater();
    };
    try {
      await this.catchUp.run(() => this.ended, arrived);
    } catch (error) {
      if (!this.ended) listener.failed(error);
    }
  }

  /** A new event of a topic it listens to. Between the log and here it may have been replayed already. */
  deliver(topic: string, event: SharedFrame<EventFrame>): void {
    if (this.ended) return;
    if (!this.live) return this.catchUp?.add(event);
    if (event.frame.position <= this.caughtUpTo) return;
    const holdsBack = this.frame.mode === "latest" && (this.flushing || this.listener.busy);
    if (!holdsBack) return this.listener.push(event);
    this.held.set(topic, event);
    if (this.flushing) return;
    this.flushing = true;
    void this.release();
  }

  end(): void {
    this.ended = true;
    this.catchUp = undefined;
    this.stopBeating();
    this.held.clear();
  }

  private key(topic: string): TopicKey {
    return { namespace: this.namespace, topic };
  }

  private beatLater(): void {
    const { heartbeat_ms } = this.frame;
    if (heartbeat_ms === undefined) return;
    this.stopBeating = this.view.clock.after(heartbeat_ms, () => {
      // What waits for a slow reader already says that the subscription lives.
      if (!this.listener.crowded) this.listener.push(new SharedFrame(this.heartbeat()));
      this.beatLater();
    });
  }

  private heartbeat(): HeartbeatFrame {
    const { topic } = this;
    const { epoch, position } = this.log;
    if (this.isPattern) return { type: "heartbeat", topic, epoch, position, last_ts: null, silent_ms: null };
    const key = this.key(topic);
    const { lastTs: last_ts, silentMs: silent_ms } = this.view.owner.feed(key);
    return {
      type: "heartbeat",
      topic,
      epoch,
      offset: this.log.lastOffset(key),
      position,
      last_ts,
      silent_ms,
    };
  }

  /** What was held back goes out as the socket takes it; of what comes meanwhile the newest takes its place. */
  private async release(): Promise<void> {
    do {
      await this.listener.drained();
      if (this.view.turns.spent) await this.view.turns.next();
      for (const [topic, event] of this.held) {
        if (this.listener.crowded || this.view.turns.spent) break;
        this.held.delete(topic);
        this.listener.push(event);
      }
    } while (this.held.size > 0);
    this.flushing = false;
  }
}
