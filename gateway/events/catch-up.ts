/**
 * Brings a new subscription to the present, as fast as its socket accepts frames: replays the events that it missed,
 * sends a snapshot of each topic, and replays what is logged in between. When a topic's snapshot is sent, every
 * earlier event of the topic was sent: over ten thousand topics no event is both in a snapshot and sent again, and
 * none is lost between the two.
 *
 * Reads of the log are asynchronous, and new events are published while one is awaited: those are kept in `recent`.
 * Once the replay has reached the oldest of the kept events the log is read no more, so that the rest of the replay,
 * the snapshots and the switch to live events happen in one synchronous step.
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

/** Events read from the log in one page, and events kept of those that are published during a read. */
const pageSize = 256;

export class CatchUp {
  private readonly isPattern: boolean;
  /**
   * Where the replay began: an offset for a single topic, a position for a pattern. The two fields below count alike.
   */
  private readonly start: number;
  /** The newest event that the replay has passed: it was sent, or it belongs to no subscribed topic. */
  private cursor: number;
  /** By topic, the newest event that was sent or is contained in the topic's snapshot. */
  private readonly reached = new Map<string, number>();
  /** Topics of which retention removed events that were not sent. */
  private readonly missed = new Set<string>();
  /** Topics whose snapshot is still to be sent; undefined until the first replay is complete. */
  private awaiting: Set<string> | undefined;
  /** In mode `latest`: the newest event of each topic that is still to be sent. */
  private readonly newest = new Map<string, SharedEvent>();
  /** Events published since this began. */
  private readonly recent: RecentEvents;

  /** From its construction on it must be given every event that is published to the subscription. */
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

  /** Accepts an event that was just published. */
  add(event: SharedEvent): void {
    this.recent.add(event);
  }

  /**
   * @param ended whether the subscription has ended
   * @param arrived called in the same synchronous step in which the last frame is sent
   * @throws the error for which the log could not be read
   */
  async run(ended: () => boolean, arrived: () => void): Promise<void> {
    for (;;) {
      if (!this.recent.holdsAfter(this.cursor)) {
        const shown = this.head;
        const page = await this.page();
        if (ended()) return;
        this.replay(page);
        if (page.length === 0) this.cursor = shown; // the page held only other topics' events, or removed ones
      } else if (this.finish()) break;
      await this.pace();
      if (ended()) return;
    }
    arrived();
  }

  /**
   * Sends the events published meanwhile, then the snapshots. Returns true once nothing is left to send. It is
   * synchronous.
   */
  private finish(): boolean {
    if (this.replay(this.recent.after(this.cursor)) || this.sendNewest()) return false;
    this.cursor = this.head;
    this.awaiting ??= new Set(this.topics());
    return this.sendSnapshots(this.awaiting);
  }

  /** Waits until the socket has room, and lets other work of the thread run. */
  private async pace(): Promise<void> {
    const { listener, view } = this;
    if (listener.crowded) await listener.drained();
    if (view.turns.spent) await view.turns.next();
  }

  /**
   * Sends the topics of a page that can be replayed whole, or as many of their events as the socket has room for;
   * never only a part of a topic's past. Returns false when the page has nothing to send.
   */
  private replay(page: readonly SharedEvent[]): boolean {
    // Retention may remove events while the replay waits: then the topic counts as not recovered.
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
    const hasSnapshot = this.awaiting !== undefined && !this.awaiting.has(topic);
    if (!hasSnapshot && (this.from === undefined || this.missed.has(topic))) return; // the topic's snapshot will contain it
    this.reached.set(topic, this.placeOf(event.frame));
    if (this.frame.mode === "latest") this.newest.set(topic, event);
    else this.listener.push(event);
  }

  /** Sends the newest events in mode `latest`. Returns true while the socket had no room for all of them. */
  private sendNewest(): boolean {
    for (const [topic, event] of this.newest) {
      if (this.listener.crowded) return true;
      this.newest.delete(topic);
      this.listener.push(event);
    }
    return false;
  }

  /**
   * Sends as many snapshots as there is room and time for. Returns true once all were sent and none has to be sent
   * again.
   */
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

  /**
   * Checks whether retention removed events of a topic before they were sent: then its snapshot is sent, a second
   * time if need be, in their place.
   */
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

  /** Without a replay, nothing was missed only if no event came after `since`. */
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
