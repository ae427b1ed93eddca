/**
 * A log whose reads take a given number of turns of the loop, so that a read sees the log late, answers later still,
 * and may overtake another one.
 */
import type { CommitListener, EventChange, LoggedEvent, TopicKey } from "../../gateway/events/event-log.js";
import type { Journal, JournalChange } from "../../gateway/regimes/journal.js";
import type { FakeClock } from "./clock.js";

export class DelayedLog implements Journal {
  private reads = 0;
  /** The number of reads that have not answered yet. */
  underWay = 0;
  /** While it is set, every read fails with this error. */
  fault: Error | undefined;

  /**
   * @param turns the number of turns that a read waits, first before it sees the log and then before it answers, one
   * number after another; the list starts again at its end
   */
  constructor(
    private readonly log: Journal,
    private readonly clock: FakeClock,
    private readonly turns: readonly number[],
  ) {}

  get epoch() {
    return this.log.epoch;
  }

  get position() {
    return this.log.position;
  }

  get failures() {
    return this.log.failures;
  }

  read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]> {
    return this.late(() => this.log.read(key, afterOffset, countMax));
  }

  readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]> {
    return this.late(() => this.log.readAll(namespace, afterPosition, countMax));
  }

  cursor(name: string): Promise<number | undefined> {
    return this.late(() => this.log.cursor(name));
  }

  topics(namespace: string) {
    return this.log.topics(namespace);
  }

  lastOffset(key: TopicKey) {
    return this.log.lastOffset(key);
  }

  eventCount(key: TopicKey) {
    return this.log.eventCount(key);
  }

  holdsAfterOffset(key: TopicKey, offset: number) {
    return this.log.holdsAfterOffset(key, offset);
  }

  holdsAfterPosition(key: TopicKey, position: number) {
    return this.log.holdsAfterPosition(key, position);
  }

  commit(change: EventChange | JournalChange, told?: CommitListener) {
    return this.log.commit(change, told);
  }

  get usedBytes() {
    return this.log.usedBytes;
  }

  newStreamId() {
    return this.log.newStreamId();
  }

  streams() {
    return this.log.streams();
  }

  stream(id: number) {
    return this.log.stream(id);
  }

  observations(id: number, countMax: number) {
    return this.log.observations(id, countMax);
  }

  readObservations(id: number, countMax: number) {
    return this.log.readObservations(id, countMax);
  }

  sweep() {
    this.log.sweep();
  }

  close() {
    return this.log.close();
  }

  private async late<T>(look: () => Promise<T>): Promise<T> {
    this.underWay++;
    try {
      await this.wait();
      if (this.fault !== undefined) throw this.fault;
      const seen = await look();
      await this.wait();
      return seen;
    } finally {
      this.underWay--;
    }
  }

  private async wait(): Promise<void> {
    const turns = this.turns[this.reads++ % this.turns.length] ?? 0;
    for (let i = 0; i < turns; i++) await new Promise<void>((resolve) => this.clock.soon(resolve));
  }
}
