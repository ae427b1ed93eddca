/** The event log in memory, for tests: its content ends with the process, and each new one has a new epoch. */
import { nanoid } from "nanoid";
import type { EventData } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";
import type { EventLog, LoggedEvent, Retention, TopicKey } from "./event-log.js";

interface TopicLog {
  /** The kept events begin at index `start`: removing the oldest moves an index instead of 100,000 events. */
  events: LoggedEvent[];
  start: number;
  lastOffset: number;
  /** Position of the newest event that was removed. */
  droppedPosition: number;
}

export class MemoryEvents implements EventLog {
  readonly epoch = nanoid();
  private newest = 0;
  private readonly namespaces = new Map<string, Map<string, TopicLog>>();
  private readonly cursors = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly retention: Retention,
  ) {}

  get position(): number {
    return this.newest;
  }

  /** Appends an event, which is visible at once. */
  append({ namespace, topic }: TopicKey, data: EventData, ts: number): LoggedEvent {
    const log = this.log({ namespace, topic }) ?? this.create({ namespace, topic });
    const [offset, position] = [++log.lastOffset, ++this.newest];
    const event = { namespace, topic, offset, position, ts, eventId: `${this.epoch}-${position}`, data };
    log.events.push(event);
    this.trim(log);
    return event;
  }

  forget({ namespace, topic }: TopicKey): void {
    this.namespaces.get(namespace)?.delete(topic);
  }

  keepCursor(name: string, position: number): void {
    this.cursors.set(name, position);
  }

  async cursor(name: string): Promise<number | undefined> {
    return this.cursors.get(name);
  }

  topics(namespace: string): readonly string[] {
    return [...(this.namespaces.get(namespace)?.keys() ?? [])];
  }

  lastOffset(key: TopicKey): number {
    return this.log(key)?.lastOffset ?? 0;
  }

  eventCount(key: TopicKey): number {
    const log = this.log(key);
    return log === undefined ? 0 : log.events.length - log.start;
  }

  async read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]> {
    const log = this.log(key);
    if (log === undefined) return [];
    this.trim(log);
    const skip = Math.max(log.start, log.events.length - (log.lastOffset - afterOffset));
    return log.events.slice(skip, skip + countMax);
  }

  async readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]> {
    const pages = [...(this.namespaces.get(namespace)?.values() ?? [])].map((log) => {
      this.trim(log);
      const skip = firstAfter(log, afterPosition);
      return log.events.slice(skip, skip + countMax);
    });
    return pages
      .flat()
      .sort((a, b) => a.position - b.position)
      .slice(0, countMax);
  }

  holdsAfterOffset(key: TopicKey, offset: number): boolean {
    const log = this.log(key);
    if (log === undefined) return offset === 0;
    this.trim(log);
    return offset <= log.lastOffset && offset >= log.lastOffset - (log.events.length - log.start);
  }

  holdsAfterPosition(key: TopicKey, position: number): boolean {
    const log = this.log(key);
    if (log !== undefined) this.trim(log);
    return position <= this.newest && position >= (log?.droppedPosition ?? 0);
  }

  trimAll(): void {
    for (const topics of this.namespaces.values()) for (const log of topics.values()) this.trim(log);
  }

  private log({ namespace, topic }: TopicKey): TopicLog | undefined {
    return this.namespaces.get(namespace)?.get(topic);
  }

  private create({ namespace, topic }: TopicKey): TopicLog {
    const topics = this.namespaces.get(namespace) ?? new Map<string, TopicLog>();
    this.namespaces.set(namespace, topics);
    const log = { events: [], start: 0, lastOffset: 0, droppedPosition: 0 };
    topics.set(topic, log);
    return log;
  }

  private trim(log: TopicLog): void {
    const oldest = this.clock.wall() - this.retention.ageMaxMs;
    let start = Math.max(log.start, log.events.length - this.retention.countMax);
    while (start < log.events.length && (log.events[start]?.ts ?? Infinity) < oldest) start++;
    if (start === log.start) return;
    log.start = start;
    log.droppedPosition = log.events[start - 1]?.position ?? log.droppedPosition;
    if (start * 2 <= log.events.length) return;
    log.events = log.events.slice(start);
    log.start = 0;
  }
}

/** Index of the first kept event after a position. */
function firstAfter({ events, start }: TopicLog, position: number): number {
  let low = start;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.position ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
