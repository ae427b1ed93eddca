/**
 * One subscription of one connection: replays what was missed, marks the end with a snapshot, then
 * passes on what comes. A replay is paced by the socket; live events are not, and a reader who does
 * not keep up is closed as a slow consumer.
 */
import type { EventFrame, HeartbeatFrame, Snapshot, Subscribe } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { everyRegime, matches } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { EventLog, LoggedEvent, TopicKey } from "./event-log.js";

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
}

interface Replay {
  /** Offset of the last event read, of a pattern its position. */
  cursor: number;
  /** Topics of which events are gone. */
  readonly missed: Set<string>;
}

/** Events read from the log at a time. */
const pageSize = 256;

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

  /** Replays, then sends the snapshots and goes live: no event falls between the last page and these. */
  async start(): Promise<void> {
    const from = this.frame.mode === "latest" ? undefined : this.replayFrom();
    const replay = from === undefined ? undefined : { cursor: from, missed: new Set<string>() };
    while (replay !== undefined && this.replayPage(replay))
      if (this.listener.crowded) await this.listener.drained();
    if (this.ended) return;
    for (const topic of this.isPattern ? this.view.topics() : [this.topic]) {
      const recovered =
        replay === undefined
          ? this.isCurrent(topic)
          : !replay.missed.has(topic) && this.holds(topic, replay.cursor);
      this.listener.push(new SharedFrame(this.snapshot(topic, recovered)));
    }
    this.caughtUpTo = this.log.position;
    this.live = true;
    this.beatLater();
  }

  /**
   * Sends a page of the topics that can be replayed whole, never a part of one, or as much of it as the
   * socket has room for; false when there is no more.
   */
  private replayPage(replay: Replay): boolean {
    // A paced replay may be overtaken by retention: then the topic is not recovered after all.
    for (const topic of this.topicsAtStart()) if (!this.holds(topic, replay.cursor)) replay.missed.add(topic);
    const page = this.ended ? [] : this.page(replay.cursor);
    for (const event of page) {
      if (!replay.missed.has(event.topic)) this.listener.push(new SharedFrame(eventFrame(this.log, event)));
      replay.cursor = this.isPattern ? event.position : event.offset;
      if (this.listener.crowded) break;
    }
    return page.length > 0;
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
    void this.listener.drained().then(() => this.release());
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

  private topicsAtStart(): readonly string[] {
    return this.isPattern ? this.log.topics(this.namespace) : [this.topic];
  }

  /** Where the replay begins; undefined when there is none to give. */
  private replayFrom(): number | undefined {
    const { since } = this.frame;
    return since?.epoch === this.log.epoch ? (since.offset ?? since.position) : undefined;
  }

  /** Whether every event after the cursor is still in the log. */
  private holds(topic: string, cursor: number): boolean {
    const key = this.key(topic);
    return this.isPattern ? this.log.holdsAfterPosition(key, cursor) : this.log.holdsAfterOffset(key, cursor);
  }

  /** Without a replay, nothing was missed only if nothing came after `since`. */
  private isCurrent(topic: string): boolean {
    const cursor = this.replayFrom();
    if (cursor === undefined) return false;
    return cursor === (this.isPattern ? this.log.position : this.log.lastOffset(this.key(topic)));
  }

  private page(cursor: number): readonly LoggedEvent[] {
    return this.isPattern
      ? this.log.readAll(this.namespace, cursor, pageSize)
      : this.log.read(this.key(this.topic), cursor, pageSize);
  }

  private snapshot(topic: string, recovered: boolean): Snapshot {
    return {
      type: "snapshot",
      topic,
      epoch: this.log.epoch,
      offset: this.log.lastOffset(this.key(topic)),
      position: this.log.position,
      recovered,
      data: this.view.state(topic),
    };
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

  private release(): void {
    this.flushing = false;
    for (const event of this.held.values()) this.listener.push(event);
    this.held.clear();
  }
}

export function eventFrame(log: EventLog, event: LoggedEvent): EventFrame {
  const { topic, offset, position, ts, eventId, data } = event;
  return { type: "event", topic, epoch: log.epoch, offset, position, ts, event_id: eventId, data };
}
