/**
 * The event log's tables in the journal's file, and its part of each transaction. An event gets its offset and
 * position when its change arrives, is written with the change, and becomes visible when it is published.
 */

import type { Clock } from "../../clock.js";
import { pack, type TableWrite, unpack } from "../../storage/lmdb/environment.js";
import type { TableFile } from "../../storage/lmdb/table-file.js";
import type { EventChange, EventLog, LoggedEvent, Retention, TopicKey } from "../event-log.js";
import { recordOf, type Topic, TopicIndex, type TopicRecord, trim } from "./topic-index.js";

/**
 * `meta` [name], where the log keeps `epoch` and `position`; `topics` [namespace, topic]; `events` [topic id,
 * offset]; `positions` [namespace, position] to [topic id, offset]; `cursors` [name].
 */
export const eventTables = ["meta", "topics", "events", "positions", "cursors"] as const;

export type EventTableName = (typeof eventTables)[number];

/** An event on disk, without the parts that are its key. */
type StoredEvent = Pick<LoggedEvent, "position" | "ts" | "eventId" | "data">;

/** A change, and its events with their numbers. */
export interface NumberedChange {
  readonly change: EventChange;
  readonly events: readonly LoggedEvent[];
}

export class EventTables implements EventLog {
  readonly epoch: string;
  private shown: number;
  private lastPosition: number;
  private readonly index = new TopicIndex();
  /** Events that retention removed from memory and that are still on disk. */
  private dropped: LoggedEvent[] = [];

  constructor(
    private readonly file: TableFile<EventTableName>,
    private readonly clock: Clock,
    private readonly retention: Retention,
  ) {
    const [epoch, position] = [file.table("meta").get("epoch"), file.table("meta").get("position")];
    if (epoch === undefined) throw new Error("the journal has no epoch");
    this.epoch = unpack<string>(epoch);
    for (const { key, value } of file.table("topics").getRange({})) {
      const [namespace, topic] = key as [string, string];
      this.index.restore({ namespace, topic }, unpack<TopicRecord>(value));
    }
    this.shown = position === undefined ? 0 : unpack<number>(position);
    this.lastPosition = this.shown;
  }

  get position(): number {
    return this.shown;
  }

  /** Whether the disk still has events that retention removed. */
  get isStale(): boolean {
    return this.dropped.length > 0;
  }

  /** Gives a change's events their offsets and positions, in the order of the calls. */
  number({ events = [] }: EventChange): readonly LoggedEvent[] {
    return events.map(({ key: { namespace, topic }, data }): LoggedEvent => {
      const entry = this.index.getOrAdd({ namespace, topic });
      const [offset, position] = [++entry.given, ++this.lastPosition];
      const eventId = `${this.epoch}-${position}`;
      return { namespace, topic, offset, position, ts: this.clock.wall(), eventId, data };
    });
  }

  /**
   * The events removed since the last call: they are deleted from the disk with the next commit, or restored by
   * `restoreDropped`.
   */
  takeDropped(): readonly LoggedEvent[] {
    return this.dropped.splice(0);
  }

  restoreDropped(gone: readonly LoggedEvent[]): void {
    this.dropped.push(...gone);
  }

  /**
   * The records that a group of changes writes, each record once.
   * @param gone events that are deleted from the disk
   */
  writes(group: readonly NumberedChange[], gone: readonly LoggedEvent[]): TableWrite[] {
    const writes: TableWrite[] = [];
    /** By topic id, the newest offset that is on disk after this commit. */
    const touched = new Map<number, number>();
    const forgotten = this.forgottenIn(group);
    for (const { change, events } of group) {
      if (change.cursor !== undefined)
        writes.push({ db: "cursors", key: change.cursor.name, value: pack(change.cursor.position) });
      for (const event of events) {
        const { id } = this.index.getOrAdd(event);
        touched.set(id, event.offset);
        writes.push(...puts(id, event));
      }
    }
    for (const { namespace, topic, offset, position } of gone) {
      const { id, lastOffset } = this.index.getOrAdd({ namespace, topic });
      if (forgotten.some((each) => each.id === id)) continue;
      if (!touched.has(id)) touched.set(id, lastOffset);
      writes.push({ db: "events", key: [id, offset] }, { db: "positions", key: [namespace, position] });
    }
    for (const [id, lastOffset] of touched) {
      const topic = this.index.withId(id);
      if (topic === undefined) continue;
      const value = pack(recordOf(topic, Math.max(lastOffset, topic.lastOffset)));
      writes.push({ db: "topics", key: [topic.namespace, topic.topic], value });
    }
    for (const topic of forgotten) writes.push(...this.removals(topic));
    if (touched.size > 0) writes.push({ db: "meta", key: "position", value: pack(this.lastPosition) });
    return writes;
  }

  /** Takes out of memory the topics whose removal is on disk. */
  forget(group: readonly NumberedChange[]): void {
    for (const topic of this.forgottenIn(group)) this.index.remove(topic);
  }

  /** Makes an event visible that is on disk. */
  show(event: LoggedEvent): void {
    const topic = this.index.getOrAdd(event);
    topic.lastOffset = event.offset;
    this.shown = event.position;
    this.trim(topic);
  }

  /**
   * Takes back the numbers of events that could not be kept, and of all events after them: they are given out again.
   */
  releaseNumbers(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      const topic = this.index.getOrAdd(event);
      topic.given = Math.min(topic.given, event.offset - 1);
      this.lastPosition = Math.min(this.lastPosition, event.position - 1);
    }
  }

  async cursor(name: string): Promise<number | undefined> {
    const kept = this.file.table("cursors").get(name);
    return kept === undefined ? undefined : unpack<number>(kept);
  }

  topics(namespace: string): readonly string[] {
    return this.index.names(namespace);
  }

  lastOffset(key: TopicKey): number {
    return this.index.get(key)?.lastOffset ?? 0;
  }

  eventCount(key: TopicKey): number {
    const topic = this.index.get(key);
    return topic === undefined ? 0 : topic.lastOffset - topic.firstOffset + 1;
  }

  async read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]> {
    const topic = this.index.get(key);
    if (topic === undefined) return [];
    this.trim(topic);
    const from = Math.max(afterOffset + 1, topic.firstOffset);
    const to = Math.min(topic.lastOffset, from + countMax - 1);
    if (to < from) return [];
    const range = this.file.table("events").getRange({ start: [topic.id, from], end: [topic.id, to + 1] });
    return [...range].map(({ key: at, value }) => loggedEvent(topic, (at as [number, number])[1], value));
  }

  async readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]> {
    this.trimAll();
    const events: LoggedEvent[] = [];
    for (const { value } of this.file.table("positions").getRange({
      start: [namespace, afterPosition + 1],
      end: [namespace, this.shown + 1],
    })) {
      const [id, offset] = unpack<[number, number]>(value);
      const topic = this.index.withId(id);
      if (topic === undefined || offset < topic.firstOffset) continue;
      const event = this.eventAt(topic, offset);
      if (event !== undefined) events.push(event);
      if (events.length === countMax) break;
    }
    return events;
  }

  holdsAfterOffset(key: TopicKey, offset: number): boolean {
    const topic = this.index.get(key);
    if (topic === undefined) return offset === 0;
    this.trim(topic);
    return offset <= topic.lastOffset && offset >= topic.firstOffset - 1;
  }

  holdsAfterPosition(key: TopicKey, position: number): boolean {
    const topic = this.index.get(key);
    if (topic !== undefined) this.trim(topic);
    return position <= this.shown && position >= (topic?.droppedPosition ?? 0);
  }

  trimAll(): void {
    for (const topic of this.index.all()) this.trim(topic);
  }

  /** The topics that a group removes. One that has an event under way stays. */
  private forgottenIn(group: readonly NumberedChange[]): readonly Topic[] {
    const keys = group.flatMap(({ change }) => change.forgotten ?? []);
    return keys.flatMap((key) => {
      const topic = this.index.get(key);
      return topic === undefined || topic.given > topic.lastOffset ? [] : [topic];
    });
  }

  private removals(topic: Topic): TableWrite[] {
    const { id, namespace, firstOffset, lastOffset } = topic;
    const writes: TableWrite[] = [
      { db: "topics", key: [namespace, topic.topic] },
      { db: "events", key: [id, 0], end: [id, Number.MAX_SAFE_INTEGER] },
    ];
    for (let offset = firstOffset; offset <= lastOffset; offset++) {
      const event = this.eventAt(topic, offset);
      if (event !== undefined) writes.push({ db: "positions", key: [namespace, event.position] });
    }
    return writes;
  }

  private trim(topic: Topic): void {
    const gone = trim(topic, this.retention, this.clock.wall(), (offset) => this.eventAt(topic, offset));
    if (gone.length > 0) this.dropped.push(...gone);
  }

  private eventAt(topic: Topic, offset: number): LoggedEvent | undefined {
    const value = this.file.table("events").get([topic.id, offset]);
    return value && loggedEvent(topic, offset, value);
  }
}

function puts(id: number, { namespace, offset, position, ts, eventId, data }: LoggedEvent): TableWrite[] {
  const stored: StoredEvent = { position, ts, eventId, data };
  return [
    { db: "events", key: [id, offset], value: pack(stored) },
    { db: "positions", key: [namespace, position], value: pack([id, offset]) },
  ];
}

function loggedEvent({ namespace, topic }: TopicKey, offset: number, value: Uint8Array): LoggedEvent {
  return { namespace, topic, offset, ...unpack<StoredEvent>(value) };
}
