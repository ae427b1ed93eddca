/**
 * The state of each topic, in memory: its newest numbered and visible events, and its oldest kept one. Pure but for
 * the events that it reads.
 */
import type { LoggedEvent, Retention, TopicKey } from "../event-log.js";

/** A topic on disk. */
export interface TopicRecord {
  readonly id: number;
  readonly lastOffset: number;
  readonly firstOffset: number;
  readonly droppedPosition: number;
}

export interface Topic extends TopicKey {
  readonly id: number;
  /** The newest offset that was given out: it is on disk soon. */
  given: number;
  /** The newest visible offset. */
  lastOffset: number;
  /** The oldest kept offset. */
  firstOffset: number;
  /** Position of the newest event that was removed. */
  droppedPosition: number;
  /** Time of the oldest kept event, in milliseconds since the epoch; undefined while it was not read. */
  oldestTs: number | undefined;
}

export class TopicIndex {
  private readonly namespaces = new Map<string, Map<string, Topic>>();
  private readonly byId = new Map<number, Topic>();
  private lastId = 0;

  restore(key: TopicKey, { id, lastOffset, firstOffset, droppedPosition }: TopicRecord): void {
    this.add({
      ...key,
      id,
      given: lastOffset,
      lastOffset,
      firstOffset,
      droppedPosition,
      oldestTs: undefined,
    });
  }

  get({ namespace, topic }: TopicKey): Topic | undefined {
    return this.namespaces.get(namespace)?.get(topic);
  }

  withId(id: number): Topic | undefined {
    return this.byId.get(id);
  }

  getOrAdd({ namespace, topic }: TopicKey): Topic {
    return (
      this.get({ namespace, topic }) ??
      this.add({
        namespace,
        topic,
        id: this.lastId + 1,
        given: 0,
        lastOffset: 0,
        firstOffset: 1,
        droppedPosition: 0,
        oldestTs: undefined,
      })
    );
  }

  remove({ namespace, topic, id }: Topic): void {
    this.namespaces.get(namespace)?.delete(topic);
    this.byId.delete(id);
  }

  /** Topics that ever had a visible event. */
  names(namespace: string): string[] {
    const topics = [...(this.namespaces.get(namespace)?.values() ?? [])];
    return topics.filter(({ lastOffset }) => lastOffset > 0).map(({ topic }) => topic);
  }

  all(): Iterable<Topic> {
    return this.byId.values();
  }

  private add(topic: Topic): Topic {
    const topics = this.namespaces.get(topic.namespace) ?? new Map<string, Topic>();
    this.namespaces.set(topic.namespace, topics);
    topics.set(topic.topic, topic);
    this.byId.set(topic.id, topic);
    this.lastId = Math.max(this.lastId, topic.id);
    return topic;
  }
}

export function recordOf({ id, firstOffset, droppedPosition }: Topic, lastOffset: number): TopicRecord {
  return { id, lastOffset, firstOffset, droppedPosition };
}

/** Removes the events that retention does not keep, oldest first, and returns them. */
export function trim(
  topic: Topic,
  { countMax, ageMaxMs }: Retention,
  now: number,
  eventAt: (offset: number) => LoggedEvent | undefined,
): LoggedEvent[] {
  const gone: LoggedEvent[] = [];
  while (topic.firstOffset <= topic.lastOffset) {
    const tooMany = topic.lastOffset - topic.firstOffset + 1 > countMax;
    if (!tooMany && topic.oldestTs !== undefined && topic.oldestTs >= now - ageMaxMs) break;
    const oldest = eventAt(topic.firstOffset);
    if (oldest !== undefined) {
      topic.oldestTs = oldest.ts;
      if (!tooMany && oldest.ts >= now - ageMaxMs) break;
      gone.push(oldest);
      topic.droppedPosition = oldest.position;
    }
    topic.firstOffset++;
    topic.oldestTs = undefined;
  }
  return gone;
}
