/**
 * Brings a subscriber to the present, as fast as its socket takes it: what it missed is replayed, then each topic gets
 * its snapshot, and what is logged meanwhile is replayed in between. At each snapshot all that came before was sent, so
 * that of ten thousand topics no event is in a snapshot and comes again, and none falls between the two.
 *
 * The log is read with a promise, and events are told while it is waited for: those are kept as they are told. Once the
 * reader has come to where they begin, nothing is read any more, so that the last of the replay, the snapshots and the
 * beginning of live events are one step.
 */
import type { EventFrame, SnapshotFrame, SubscribeFrame } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { isPattern, matches } from "../../protocol/topics.js";
import { eventFrame } from "./event-frame.js";
import type { EventLog, TopicKey } from "./event-log.js";
import { RecentEvents } from "./recent-events.js";
import type { SubscriptionDependencies, SubscriptionListener } from "./subscription-listener.js";
import { topicsOf } from "./topic-owner.js";

type SharedEvent = SharedFrame<EventFrame>;

/** Events read from the log at a time, and kept of those that are told meanwhile. */
const pageSize = 256;

export class CatchUp {
  private readonly isPattern: boolean;
  /** Where it began: an offset, of a pattern a position, as are the two below. */
  private readonly start: number;
  /** The last event that was passed on, or was none of it. */
  private cursor: number;
  /** Of each topic the last event that was sent, or is in its snapshot. */
  private readonly reached = new Map<string, number>();
  /** Topics of which events are gone. */
  private readonly missed = new Set<string>();
  /** Topics whose snapshot is still to be sent; undefined before the first replay is over. */
  private awaiting: Set<string> | undefined;
  /** In mode `latest`: the newest event of each topic that is still to be sent. */
  private readonly newest = new Map<string, SharedEvent>();
  /** What was told since it began. */
  private readonly recent: RecentEvents;

  /** From here on it has to be given every event that the subscription is told. */
  constructor(
    private readonly namespace: string,
    private readonly frame: SubscribeFrame,
    private readonly listener: SubscriptionListener,
    private readonly log: EventLog,
    private readonly view: SubscriptionDependencies,
  ) {
    this.isPattern = isPattern(frame.topic);
    this.start = this.from ?? this.head;
    this.cursor = this.start;
    this.recent = new RecentEvents(this.head, pageSize, (event) => this.placeOf(event));
  }

  /** An event was told. */
  add(event: SharedEvent): void {
    this.recent.add(event);
  }

  /**
   * @param ended whether nobody listens any more
   * @param arrived called in the very step in which nothing is left to send
   * @throws what the log could not be read for
   */
  async run(ended: () => boolean, arrived: () => void): Promise<void> {
    for (;;) {
      if (!this.recent.holdsAfter(this.cursor)) {
        const shown = this.head;
        const page = await this.page();
        if (ended()) return;
        this.replay(page);
        if (page.length === 0) this.cursor = shown; // others' events, and what is gone
      } else if (this.finish()) break;
      await this.pace();
      if (ended()) return;
    }
    arrived();
  }

  /** Sends what was told meanwhile, then snapshots; true once nothing is left to send. It never waits. */
  private finish(): boolean {
    if (this.replay(this.recent.after(this.cursor)) || this.sendNewest()) return false;
    this.cursor = this.head;
    this.awaiting ??= new Set(this.topics());
    return this.sendSnapshots(this.awaiting);
  }

  /** Waits for the socket, and for the others that share the thread. */
  private async pace(): Promise<void> {
    const { listener, view } = this;
    if (listener.crowded) await listener.drained();
    if (view.turns.spent) await view.turns.next();
  }

  /**
   * Sends of a page the topics that can be replayed whole, never a part of one, or as much of it as the
   * socket has room for; false when there is nothing in it.
   */
  private replay(page: readonly SharedEvent[]): boolean {
    // A replay may be overtaken by retention, while it is paced or read: then the topic is not recovered after all.
    for (const topic of new Set(page.map(({ frame }) => frame.topic))) this.judge(topic);
    for (const event of page) {
      this.pass(event);
      this.cursor = this.placeOf(event.frame);
      if (this.listener.crowded) break;
    }
    return page.length > 0;
  }

  private pass(event: SharedEvent): void {
    const { topic } = event.frame;
    if (!matches(this.frame.topic, topic)) return;
    const told = this.awaiting !== undefined && !this.awaiting.has(topic);
    if (!told && (this.from === undefined || this.missed.has(topic))) return; // its snapshot will say it
    this.reached.set(topic, this.placeOf(event.frame));
    if (this.frame.mode === "latest") this.newest.set(topic, event);
    else this.listener.push(event);
  }

  /** In mode `latest`; true while the socket had no room for all of it. */
  private sendNewest(): boolean {
    for (const [topic, event] of this.newest) {
      if (this.listener.crowded) return true;
      this.newest.delete(topic);
      this.listener.push(event);
    }
    return false;
  }

  /** As many as there is room and time for; true once all were sent, and none has to be sent anew. */
  private sendSnapshots(awaiting: Set<string>): boolean {
    for (const topic of awaiting) {
      if (this.listener.crowded || this.view.turns.spent) return false;
      awaiting.delete(topic);
      if (!this.holds(topic)) this.missed.add(topic);
      const recovered = this.from === undefined ? this.isCurrent(topic) : !this.missed.has(topic);
      this.reached.set(topic, this.head);
      this.listener.push(new SharedFrame(this.snapshot(topic, recovered, awaiting.size)));
    }
    for (const topic of this.reached.keys()) this.judge(topic);
    return awaiting.size === 0;
  }

  /** Events of a topic may be gone that it was not sent: then its snapshot has the last word, a second one if need be. */
  private judge(topic: string): void {
    if (this.holds(topic)) return;
    this.missed.add(topic);
    this.awaiting?.add(topic);
  }

  /** Whether every event that is still to be sent is in the log. */
  private holds(topic: string): boolean {
    const at = this.reached.get(topic) ?? this.start;
    const key = this.key(topic);
    return this.isPattern ? this.log.holdsAfterPosition(key, at) : this.log.holdsAfterOffset(key, at);
  }

  private get from(): number | undefined {
    const { since, mode } = this.frame;
    return mode !== "latest" && since?.epoch === this.log.epoch
      ? (since.offset ?? since.position)
      : undefined;
  }

  private get head(): number {
    return this.isPattern ? this.log.position : this.log.lastOffset(this.key(this.frame.topic));
  }

  private key(topic: string): TopicKey {
    return { namespace: this.namespace, topic };
  }

  /** Without a replay, nothing was missed only if nothing came after `since`. */
  private isCurrent(topic: string): boolean {
    const { since } = this.frame;
    if (since?.epoch !== this.log.epoch) return false;
    return (
      (since.offset ?? since.position) ===
      (this.isPattern ? this.log.position : this.log.lastOffset(this.key(topic)))
    );
  }

  private placeOf({ position, offset }: EventFrame): number {
    return this.isPattern ? position : offset;
  }

  private topics(): readonly string[] {
    const { frame, namespace, log, view } = this;
    return this.isPattern ? topicsOf(frame.topic, namespace, log, view.owner) : [frame.topic];
  }

  private async page(): Promise<readonly SharedEvent[]> {
    const { log, namespace, frame, cursor } = this;
    const events = await (this.isPattern
      ? log.readAll(namespace, cursor, pageSize)
      : log.read(this.key(frame.topic), cursor, pageSize));
    return events.map((event) => new SharedFrame(eventFrame(log, event)));
  }

  private snapshot(topic: string, recovered: boolean, toCome: number): SnapshotFrame {
    return {
      type: "snapshot",
      topic,
      epoch: this.log.epoch,
      offset: this.log.lastOffset(this.key(topic)),
      position: this.log.position,
      recovered,
      ...(this.isPattern && { to_come: toCome }),
      data: this.view.owner.state(this.key(topic)),
    };
  }
}
