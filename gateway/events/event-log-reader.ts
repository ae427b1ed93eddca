/** An event log that delegates its reads to another one: the journal's part that is its events. */
import type { EventLog, LoggedEvent, TopicKey } from "./event-log.js";

export abstract class EventLogReader implements EventLog {
  constructor(private readonly log: EventLog) {}

  get epoch(): string {
    return this.log.epoch;
  }

  get position(): number {
    return this.log.position;
  }

  topics(namespace: string): readonly string[] {
    return this.log.topics(namespace);
  }

  lastOffset(key: TopicKey): number {
    return this.log.lastOffset(key);
  }

  eventCount(key: TopicKey): number {
    return this.log.eventCount(key);
  }

  holdsAfterOffset(key: TopicKey, offset: number): boolean {
    return this.log.holdsAfterOffset(key, offset);
  }

  holdsAfterPosition(key: TopicKey, position: number): boolean {
    return this.log.holdsAfterPosition(key, position);
  }

  read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]> {
    return this.log.read(key, afterOffset, countMax);
  }

  readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]> {
    return this.log.readAll(namespace, afterPosition, countMax);
  }

  cursor(name: string): Promise<number | undefined> {
    return this.log.cursor(name);
  }
}
