/**
 * One subscription of one connection: it catches up with the log, then passes on live events. Catching up waits for
 * the socket; live events do not, and a client that reads too slowly is closed as a slow consumer.
 */
import type { EventFrame, HeartbeatFrame, SubscribeFrame } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { isPattern } from "../../protocol/topics.js";
import { CatchUp } from "./catch-up.js";
import type { EventLog, TopicKey } from "./event-log.js";
import { eventNamespace } from "./event-namespace.js";
import type { SubscriptionDependencies, SubscriptionListener } from "./subscription-listener.js";

export class TopicSubscription {
  private readonly isPattern: boolean;
  private live = false;
  private catchUp: CatchUp | undefined;
  private ended = false;
  /** In mode `latest`: by topic, the newest event that waits because the socket is busy. */
  private readonly held = new Map<string, SharedFrame>();
  private flushing = false;
  /** The log's position up to which events were replayed or are contained in the snapshots. */
  private caughtUpTo = 0;
  private stopBeating: () => void = () => {};
  /** The namespace of the events, which for shared topics is not the subscriber's. */
  readonly namespace: string;

  /** @param own the subscriber's namespace */
  constructor(
    own: string,
    private readonly frame: SubscribeFrame,
    private readonly listener: SubscriptionListener,
    private readonly log: EventLog,
    private readonly view: SubscriptionDependencies,
  ) {
    this.isPattern = isPattern(frame.topic);
    this.namespace = eventNamespace(frame.topic, own);
  }

  get topic(): string {
    return this.frame.topic;
  }

  /**
   * Settles once the subscription is live or has ended: no event is lost between the replay and the live events.
   * Where the log cannot be read it does not become live, and its listener's `failed` is called.
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

  /** A new event of a subscribed topic. The replay may have sent it already. */
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
      // Frames that wait for a slow reader show already that the subscription is alive.
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

  /**
   * Sends the events that waited in mode `latest` as the socket accepts them; a newer event of a topic takes the
   * place of an older one.
   */
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
