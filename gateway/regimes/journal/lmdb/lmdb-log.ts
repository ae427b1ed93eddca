/**
 * The journal on LMDB. Changes that come while one commit waits for the disk share the next: a group commit.
 * Reads are the socket thread's own, from the file as mapped; writes are the writer's.
 */

import { type Database, type Key, open, type RootDatabase } from "lmdb";
import { type Pieces, whole } from "../../../../engines/pieces.js";
import type { Clock } from "../../../clock.js";
import type { LoggedEvent, Retention, Told, TopicKey } from "../../../events/event-log.js";
import { Landing } from "../../../events/landing.js";
import { environmentOptions, unpack } from "../../../storage/lmdb/environment.js";
import { usedBytes } from "../../../storage/lmdb/used-bytes.js";
import type { Writer } from "../../../storage/lmdb/writer-handle.js";
import {
  type Change,
  type Journal,
  joinObservations,
  notKept,
  type Observations,
  type Progress,
  type SavedStream,
  type StreamRecord,
  sliceObservations,
} from "../../journal.js";
import { groupWrites, type Pending, type StoredEvent } from "./group.js";
import { type DatabaseName, databases, unpackObservations } from "./layout.js";
import { type Topic, type TopicRecord, TopicTable, trim } from "./topic-table.js";

/** Records that are read in a piece: each takes 3 µs or more. */
const recordsPerPiece = 128;

export class LmdbLog implements Journal {
  failures = 0;
  readonly epoch: string;
  private shown: number;
  private given: number;
  private lastStreamId: number;
  private readonly topicTable = new TopicTable();
  private readonly environment: RootDatabase<Uint8Array, Key>;
  private readonly stores: ReadonlyMap<DatabaseName, Database<Uint8Array, Key>>;
  private readonly landing = new Landing();
  /** What retention let go of and the disk still has. */
  private gone: LoggedEvent[] = [];
  /** Until the next commit. */
  private measured: number | undefined;
  private waiting: Pending[] = [];
  private writing: Promise<void> | undefined;
  private closed = false;
  private closing: Promise<void> | undefined;

  /** @param path the file, which the writer has open already */
  constructor(
    path: string,
    private readonly writer: Writer,
    private readonly clock: Clock,
    private readonly retention: Retention,
  ) {
    this.environment = open<Uint8Array, Key>(environmentOptions(path));
    this.stores = new Map(
      databases.map((name) => [name, this.environment.openDB<Uint8Array, Key>({ name, encoding: "binary" })]),
    );
    const epoch = this.store("meta").get("epoch");
    if (epoch === undefined) throw new Error("the journal has no epoch");
    this.epoch = unpack<string>(epoch);
    for (const { key, value } of this.store("topics").getRange({})) {
      const [namespace, topic] = key as [string, string];
      this.topicTable.restore({ namespace, topic }, unpack<TopicRecord>(value));
    }
    const position = this.store("meta").get("position");
    this.shown = position === undefined ? 0 : unpack<number>(position);
    this.given = this.shown;
    const [lastStream] = this.store("streams").getKeys({ reverse: true, limit: 1 });
    this.lastStreamId = typeof lastStream === "number" ? lastStream : 0;
  }

  get position(): number {
    return this.shown;
  }

  get usedBytes(): number {
    this.measured ??= usedBytes(this.environment, this.stores.values());
    return this.measured;
  }

  newStreamId(): number {
    return ++this.lastStreamId;
  }

  commit(change: Change, told: Told = () => {}): Promise<void> {
    if (this.closed) return Promise.reject(notKept(new Error("the journal is closed")));
    return new Promise((resolve, reject) => {
      const events = (change.events ?? []).map(({ key, data }): LoggedEvent => {
        const topic = this.topicTable.getOrAdd(key);
        const [offset, position] = [++topic.given, ++this.given];
        const eventId = `${this.epoch}-${position}`;
        return {
          namespace: key.namespace,
          topic: key.topic,
          offset,
          position,
          ts: this.clock.wall(),
          eventId,
          data,
        };
      });
      this.waiting.push({ change, events, told, resolve, reject });
      this.writing ??= Promise.resolve().then(() => this.write());
    });
  }

  streams(): readonly SavedStream[] {
    return [...this.store("streams").getKeys({})].flatMap((id) => this.stream(id as number) ?? []);
  }

  stream(id: number): SavedStream | undefined {
    const [record, progress] = [this.store("streams").get(id), this.store("progress").get(id)];
    if (record === undefined || progress === undefined) return undefined;
    return { record: unpack<StreamRecord>(record), progress: unpack<Progress>(progress) };
  }

  observations(id: number, countMax: number): Observations {
    return whole(this.readObservations(id, countMax));
  }

  *readObservations(id: number, countMax: number): Pieces<Observations> {
    const newestFirst: Observations[] = [];
    let count = 0;
    for (let from = Number.MAX_SAFE_INTEGER, more = true; more; ) {
      if (count > 0) yield;
      const range = { start: [id, from], end: [id, -1], reverse: true, limit: recordsPerPiece };
      more = false;
      for (const { key, value } of this.store("observations").getRange(range)) {
        const [, first] = key as [number, number];
        const part = unpackObservations(first, value);
        newestFirst.push(part);
        count += part.n;
        from = first - 1;
        more = count < countMax;
        if (!more) break;
      }
    }
    const all = joinObservations(newestFirst.reverse());
    return sliceObservations(all, Math.max(0, all.n - countMax));
  }

  async cursor(name: string): Promise<number | undefined> {
    const kept = this.store("cursors").get(name);
    return kept === undefined ? undefined : unpack<number>(kept);
  }

  topics(namespace: string): readonly string[] {
    return this.topicTable.names(namespace);
  }

  lastOffset(key: TopicKey): number {
    return this.topicTable.get(key)?.lastOffset ?? 0;
  }

  async read(key: TopicKey, afterOffset: number, countMax: number): Promise<readonly LoggedEvent[]> {
    const topic = this.topicTable.get(key);
    if (topic === undefined) return [];
    this.trim(topic);
    const from = Math.max(afterOffset + 1, topic.firstOffset);
    const to = Math.min(topic.lastOffset, from + countMax - 1);
    if (to < from) return [];
    const range = this.store("events").getRange({ start: [topic.id, from], end: [topic.id, to + 1] });
    return [...range].map(({ key: at, value }) => loggedEvent(topic, (at as [number, number])[1], value));
  }

  async readAll(namespace: string, afterPosition: number, countMax: number): Promise<readonly LoggedEvent[]> {
    this.trimAll();
    const events: LoggedEvent[] = [];
    for (const { value } of this.store("positions").getRange({
      start: [namespace, afterPosition + 1],
      end: [namespace, this.shown + 1],
    })) {
      const [id, offset] = unpack<[number, number]>(value);
      const topic = this.topicTable.withId(id);
      if (topic === undefined || offset < topic.firstOffset) continue;
      const event = this.eventAt(topic, offset);
      if (event !== undefined) events.push(event);
      if (events.length === countMax) break;
    }
    return events;
  }

  holdsAfterOffset(key: TopicKey, offset: number): boolean {
    const topic = this.topicTable.get(key);
    if (topic === undefined) return offset === 0;
    this.trim(topic);
    return offset <= topic.lastOffset && offset >= topic.firstOffset - 1;
  }

  holdsAfterPosition(key: TopicKey, position: number): boolean {
    const topic = this.topicTable.get(key);
    if (topic !== undefined) this.trim(topic);
    return position <= this.shown && position >= (topic?.droppedPosition ?? 0);
  }

  sweep(): void {
    this.trimAll();
    if (this.gone.length > 0) this.commit({}).catch(() => undefined); // the next sweep tries again
  }

  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    this.closed = true;
    await this.landing.land([]);
    await this.writer.close();
    await this.environment.close();
  }

  /** Commits what waits, a group at a time, until nothing does. */
  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0);
      const gone = this.gone.splice(0); // what was let go leaves the disk with the next commit
      try {
        await this.writer.write(
          groupWrites(group, this.given, gone, this.topicTable, this.store("observations")),
        );
      } catch (error) {
        this.gone.push(...gone);
        this.failed([...group, ...this.waiting.splice(0)], error);
        continue;
      }
      this.environment.resetReadTxn();
      this.measured = undefined;
      void this.landing.land(
        group.map(({ events, told, resolve }) => ({
          steps: events.map((event, index) => () => this.show(event, index, told)),
          landed: resolve,
        })),
      );
    }
    this.writing = undefined;
  }

  private show(event: LoggedEvent, index: number, told: Pending["told"]): void {
    const topic = this.topicTable.getOrAdd(event);
    topic.lastOffset = event.offset;
    this.shown = event.position;
    this.trim(topic);
    told(event, index);
  }

  /** Numbers that were given out for nothing are given out again. */
  private failed(group: readonly Pending[], cause: unknown): void {
    this.failures++;
    for (const { events } of group)
      for (const event of events) {
        const topic = this.topicTable.getOrAdd(event);
        topic.given = Math.min(topic.given, event.offset - 1);
        this.given = Math.min(this.given, event.position - 1);
      }
    for (const { reject } of group) reject(notKept(cause));
  }

  private trimAll(): void {
    for (const topic of this.topicTable.all()) this.trim(topic);
  }

  private trim(topic: Topic): void {
    const gone = trim(topic, this.retention, this.clock.wall(), (offset) => this.eventAt(topic, offset));
    if (gone.length > 0) this.gone.push(...gone);
  }

  private eventAt(topic: Topic, offset: number): LoggedEvent | undefined {
    const value = this.store("events").get([topic.id, offset]);
    return value && loggedEvent(topic, offset, value);
  }

  private store(name: DatabaseName): Database<Uint8Array, Key> {
    return this.stores.get(name) as Database<Uint8Array, Key>; // every name has one
  }
}

function loggedEvent({ namespace, topic }: TopicKey, offset: number, value: Uint8Array): LoggedEvent {
  return { namespace, topic, offset, ...unpack<StoredEvent>(value) };
}
