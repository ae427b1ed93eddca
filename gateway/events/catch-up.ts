/**
 * Brings a subscriber to the present, as fast as its socket takes it: what it missed is replayed, then each topic gets
 * its snapshot, and what is logged meanwhile is replayed in between. At each snapshot all that came before was sent, so
 * that of ten thousand topics no event is in a snapshot and comes again, and none falls between the two.
 */
import type { Snapshot, Subscribe } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { everyRegime } from "../../protocol/topics.js";
import { eventFrame } from "./event-frame.js";
import type { EventLog, LoggedEvent, TopicKey } from "./event-log.js";
import type { Listener, TopicView } from "./listener.js";

/** Events read from the log at a time. */
const pageSize = 256;

export class CatchUp {
  private readonly isPattern: boolean;
  /** Where it began: an offset, of a pattern a position, as are the two below. */
  private readonly start: number;
  /** The last event read. */
  private cursor: number;
  /** Of each topic the last event that was sent, or is in its snapshot. */
  private readonly reached = new Map<string, number>();
  /** Topics of which events are gone. */
  private readonly missed = new Set<string>();
  /** Topics whose snapshot is still to be sent; undefined before the first replay is over. */
  private awaiting: Set<string> | undefined;
  /** In mode `latest`: the newest event of each topic that is still to be sent. */
  private readonly newest = new Map<string, LoggedEvent>();

  constructor(
    private readonly namespace: string,
    private readonly frame: Subscribe,
    private readonly listener: Listener,
    private readonly log: EventLog,
    private readonly view: TopicView,
  ) {
    this.isPattern = frame.topic === everyRegime;
    this.start = this.from ?? this.head;
    this.cursor = this.start;
  }

  /**
   * @param ended whether nobody listens any more
   * @param arrived called in the very turn in which nothing is left to send
   */
  async run(ended: () => boolean, arrived: () => void): Promise<void> {
    while (this.replayPage()) {
      await this.pace();
      if (ended()) return;
    }
    this.cursor = this.head;
    this.awaiting = new Set(this.isPattern ? this.view.topics() : [this.frame.topic]);
    while (!this.sendSnapshots(this.awaiting)) {
      do {
        await this.pace();
        if (ended()) return;
      } while (this.replayPage());
    }
    arrived();
  }

  /** Waits for the socket, and for the others that share the thread. */
  private async pace(): Promise<void> {
    const { listener, view } = this;
    if (listener.crowded) await listener.drained();
    if (view.turns.spent) await view.turns.next();
  }

  /**
   * Sends a page of the topics that can be replayed whole, never a part of one, or as much of it as the
   * socket has room for; false when there is no more.
   */
  private replayPage(): boolean {
    const page = this.page();
    // A paced replay may be overtaken by retention: then the topic is not recovered after all.
    for (const topic of new Set(page.map((event) => event.topic))) this.judge(topic);
    for (const event of page) {
      this.pass(event);
      this.cursor = this.isPattern ? event.position : event.offset;
      if (this.listener.crowded) break;
    }
    if (page.length > 0) return true;
    for (const [topic, event] of this.newest) {
      if (this.listener.crowded) return true;
      this.newest.delete(topic);
      this.send(event);
    }
    return false;
  }

  private pass(event: LoggedEvent): void {
    const { topic } = event;
    const told = this.awaiting !== undefined && !this.awaiting.has(topic);
    if (!told && (this.from === undefined || this.missed.has(topic))) return; // its snapshot will say it
    this.reached.set(topic, this.isPattern ? event.position : event.offset);
    if (this.frame.mode === "latest") this.newest.set(topic, event);
    else this.send(event);
  }

  private send(event: LoggedEvent): void {
    this.listener.push(new SharedFrame(eventFrame(this.log, event)));
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

  private page(): readonly LoggedEvent[] {
    return this.isPattern
      ? this.log.readAll(this.namespace, this.cursor, pageSize)
      : this.log.read(this.key(this.frame.topic), this.cursor, pageSize);
  }

  private snapshot(topic: string, recovered: boolean, toCome: number): Snapshot {
    return {
      type: "snapshot",
      topic,
      epoch: this.log.epoch,
      offset: this.log.lastOffset(this.key(topic)),
      position: this.log.position,
      recovered,
      ...(this.isPattern && { to_come: toCome }),
      data: this.view.state(topic),
    };
  }
}
