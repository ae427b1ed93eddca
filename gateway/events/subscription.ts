/**
 * One subscription of one connection: catches up, then passes on what comes. Catching up is paced by the socket; live
 * events are not, and a reader who does not keep up is closed as a slow consumer.
 */
import type { EventFrame, HeartbeatFrame, Subscribe } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { everyRegime, matches } from "../../protocol/topics.js";
import { CatchUp } from "./catch-up.js";
import type { EventLog, TopicKey } from "./event-log.js";
import type { Listener, TopicView } from "./listener.js";

export class Subscription {
  private live = false;
  private ended = false;
  /** In mode `latest`: what a busy socket has not been given yet, by topic. */
  private readonly held = new Map<string, SharedFrame>();
  private flushing = false;
  /** The log's position up to which events were replayed, or are in the snapshots. */
  private caughtUpTo = 0;
  private stopBeating: () => void = () => {};

  constructor(
    readonly namespace: string,
    private readonly frame: Subscribe,
    private readonly listener: Listener,
    private readonly log: EventLog,
    private readonly view: TopicView,
  ) {}

  get topic(): string {
    return this.frame.topic;
  }

  /** Settles once it is live, or ended: no event falls between what it was sent and those that come. */
  start(): Promise<void> {
    const { namespace, frame, listener, log, view } = this;
    const arrived = () => {
      this.caughtUpTo = log.position;
      this.live = true;
      this.beatLater();
    };
    return new CatchUp(namespace, frame, listener, log, view).run(() => this.ended, arrived);
  }

  /** A new event of a topic it listens to. Between the log and here it may have been replayed already. */
  deliver(topic: string, event: SharedFrame<EventFrame>): void {
    if (!this.live || this.ended || !matches(this.topic, topic)) return;
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
    this.stopBeating();
    this.held.clear();
  }

  private get isPattern(): boolean {
    return this.topic === everyRegime;
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
    const offset = this.log.lastOffset(this.key(topic));
    const last_ts = this.view.state(topic)?.last_ts ?? null;
    return {
      type: "heartbeat",
      topic,
      epoch,
      offset,
      position,
      last_ts,
      silent_ms: this.view.silentMs(topic),
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
