/** The event log in memory: nothing outlives the process, and a new process has a new epoch. */
import { nanoid } from "nanoid";
import type { RegimeChange } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";
import type { EventLog, LoggedEvent, TopicKey } from "./event-log.js";

export interface Retention {
  /** Events kept for a topic. */
  readonly countMax: number;
  /** Milliseconds an event is kept. */
  readonly ageMaxMs: number;
}

interface TopicLog {
  /** The kept ones start at `start`: letting go of one moves an index, not 100,000 events. */
  events: LoggedEvent[];
  start: number;
  lastOffset: number;
  /** Position of the newest event that was let go. */
  droppedPosition: number;
}

export class MemoryLog implements EventLog {
  readonly epoch = nanoid();
  private newest = 0;
  private readonly namespaces = new Map<string, Map<string, TopicLog>>();

  constructor(
    private readonly clock: Clock,
    private readonly retention: Retention,
  ) {}

  get position(): number {
    return this.newest;
  }

  append(key: TopicKey, data: RegimeChange, ts: number): Promise<LoggedEvent> {
    const log = this.log(key) ?? this.create(key);
    const { namespace, topic } = key;
    const event = {
      namespace,
      topic,
      offset: ++log.lastOffset,
      position: ++this.newest,
      ts,
      eventId: nanoid(),
      data,
    };
    log.events.push(event);
    this.trim(log);
    return Promise.resolve(event);
  }

  topics(namespace: string): readonly string[] {
    return [...(this.namespaces.get(namespace)?.keys() ?? [])];
  }

  lastOffset(key: TopicKey): number {
    return this.log(key)?.lastOffset ?? 0;
  }

  read(key: TopicKey, afterOffset: number, countMax: number): readonly LoggedEvent[] {
    const log = this.log(key);
    if (log === undefined) return [];
    this.trim(log);
    const skip = Math.max(log.start, log.events.length - (log.lastOffset - afterOffset));
    return log.events.slice(skip, skip + countMax);
  }

  readAll(namespace: string, afterPosition: number, countMax: number): readonly LoggedEvent[] {
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
