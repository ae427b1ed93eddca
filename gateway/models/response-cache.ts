/**
 * Answers kept for models that opted in: the same inputs, of the same version, are computed once. Requests that
 * arrive meanwhile wait for the answer if it will be ready in their time. Bounded in bytes and age. A namespace
 * learns nothing of another's requests, neither by `cached` nor by how soon an answer comes.
 */
import { engineKey, type Servable } from "../../engines/servable.js";
import type { WireTensors } from "../../protocol/frames.js";
import { copied } from "../../protocol/tensor.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import type { Clock } from "../clock.js";
import { within } from "../waiting/deadline.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import { SharedComputation } from "../waiting/shared-computation.js";

interface CachedAnswer<T> {
  readonly answer: T;
  readonly bytes: number;
  readonly until: number;
}

interface AnswerComputation<T> {
  readonly shared: SharedComputation<T>;
  /** When the computation fails at the latest: a request with a later deadline does not wait for it. */
  readonly deadline: number;
}

/** One version's answers, the least recently used first. */
interface CachePartition<T> {
  readonly kept: Map<string, CachedAnswer<T>>;
  readonly computing: Map<string, AnswerComputation<T>>;
  bytes: number;
}

export interface CacheEvents {
  readonly hit: (servable: Servable) => void;
  readonly miss: (servable: Servable) => void;
}

export interface CacheLookup<T> extends PendingAnswer<T> {
  /** True when nothing was computed for this request. */
  readonly cached: boolean;
}

/** Bytes that an answer takes beside its outputs. */
const entryBytes = 512;

export class ResponseCache<T extends { readonly outputs: WireTensors }> {
  private readonly partitions = new Map<string, CachePartition<T>>();

  constructor(
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /** Bytes of all answers kept. */
  get bytes(): number {
    return [...this.partitions.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * @param servable with a `responseCache`
   * @param namespace the requester's: answers stay within it, unless the model's config shares them
   * @param content the digest of the inputs and of which outputs are wanted
   * @param compute called only when no answer is kept or under way
   */
  take(
    servable: Servable,
    namespace: string,
    content: string,
    timeoutMs: number,
    compute: () => PendingAnswer<T>,
  ): CacheLookup<T> {
    const partition = this.of(servable);
    const digest = servable.responseCache?.shared ? content : namespacedKey(namespace, content);
    const now = this.clock.now();
    const kept = partition.kept.get(digest);
    if (kept !== undefined) remove(partition, digest);
    if (kept !== undefined && kept.until > now) {
      add(partition, digest, kept); // becomes the most recently used
      this.events.hit(servable);
      return { answer: Promise.resolve(kept.answer), cancel: () => {}, cached: true };
    }
    const computing = partition.computing.get(digest);
    if (computing !== undefined && !computing.shared.abandoned && computing.deadline >= now + timeoutMs) {
      this.events.hit(servable);
      return { ...within(computing.shared.join(), timeoutMs, this.clock), cached: true };
    }
    this.events.miss(servable);
    const work = compute();
    const started = { shared: new SharedComputation(work), deadline: now + timeoutMs };
    partition.computing.set(digest, started);
    const over = () => {
      if (partition.computing.get(digest) === started) partition.computing.delete(digest);
    };
    work.answer.then((answer) => {
      over();
      this.keep(servable, partition, digest, answer);
    }, over);
    return { ...started.shared.join(), cached: false };
  }

  /** Removes a version's answers. */
  forget(servable: Servable): void {
    this.partitions.delete(engineKey(servable));
  }

  private of(servable: Servable): CachePartition<T> {
    const key = engineKey(servable);
    const known = this.partitions.get(key);
    if (known !== undefined) return known;
    const partition = { kept: new Map(), computing: new Map(), bytes: 0 };
    this.partitions.set(key, partition);
    return partition;
  }

  private keep({ responseCache }: Servable, partition: CachePartition<T>, digest: string, answer: T): void {
    if (responseCache === undefined) return;
    // An answer is a view of its whole batch's memory, which must not be kept for one of its rows.
    const outputs = copied(answer.outputs);
    const bytes = entryBytes + bytesOf(outputs);
    if (bytes > responseCache.bytesMax) return;
    remove(partition, digest);
    for (const [oldest] of partition.kept) {
      if (partition.bytes + bytes <= responseCache.bytesMax) break;
      remove(partition, oldest);
    }
    add(partition, digest, {
      answer: { ...answer, outputs },
      bytes,
      until: this.clock.now() + responseCache.ageMaxMs,
    });
  }
}

function add<T>(partition: CachePartition<T>, digest: string, kept: CachedAnswer<T>): void {
  partition.kept.set(digest, kept);
  partition.bytes += kept.bytes;
}

function remove<T>(partition: CachePartition<T>, digest: string): void {
  partition.bytes -= partition.kept.get(digest)?.bytes ?? 0;
  partition.kept.delete(digest);
}

function bytesOf(outputs: WireTensors): number {
  return Object.values(outputs).reduce(
    (sum, { data }) =>
      sum + (data instanceof Uint8Array ? data.length : data.reduce((all, text) => all + 2 * text.length, 0)),
    0,
  );
}
