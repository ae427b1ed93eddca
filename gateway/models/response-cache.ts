/**
 * Answers kept for models that opted in: the same inputs, of the same version, are computed once. Requests that
 * arrive meanwhile wait for the answer if it will be ready in their time. Bounded in bytes and age, and namespaces share
 * the bytes: one that holds more than its equal part makes room for others. A namespace learns nothing of another's
 * requests, neither by `cached` nor by how soon an answer comes.
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

/** The answers of one owner, the least recently used first. */
interface CacheShare<T> {
  readonly kept: Map<string, CachedAnswer<T>>;
  bytes: number;
}

/** One version's answers. */
interface CachePartition<T> {
  /** By namespace; where namespaces share answers, under one name for all. */
  readonly shares: Map<string, CacheShare<T>>;
  readonly computing: Map<string, AnswerComputation<T>>;
  bytes: number;
}

/** The owner of answers that all namespaces share; no namespace has this name. */
const everyone = "";

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
    const owner = servable.responseCache?.shared ? everyone : namespace;
    const digest = namespacedKey(owner, content);
    const now = this.clock.now();
    const kept = partition.shares.get(owner)?.kept.get(content);
    if (kept !== undefined) remove(partition, owner, content);
    if (kept !== undefined && kept.until > now) {
      add(partition, owner, content, kept); // becomes the most recently used
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
      this.keep(servable, partition, { owner, content }, answer);
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
    const partition = { shares: new Map(), computing: new Map(), bytes: 0 };
    this.partitions.set(key, partition);
    return partition;
  }

  private keep(
    { responseCache }: Servable,
    partition: CachePartition<T>,
    { owner, content }: CacheKey,
    answer: T,
  ): void {
    if (responseCache === undefined) return;
    // An answer is a view of its whole batch's memory, which must not be kept for one of its rows.
    const outputs = copied(answer.outputs);
    const bytes = entryBytes + bytesOf(outputs);
    if (bytes > responseCache.bytesMax) return;
    remove(partition, owner, content);
    while (partition.bytes + bytes > responseCache.bytesMax)
      removeOldest(partition, ownerToShrink(partition, owner, bytes, responseCache.bytesMax));
    add(partition, owner, content, {
      answer: { ...answer, outputs },
      bytes,
      until: this.clock.now() + responseCache.ageMaxMs,
    });
  }
}

interface CacheKey {
  readonly owner: string;
  readonly content: string;
}

/**
 * Who gives up an answer for a new one: the owner of the new one when it would hold more than its equal part, else the
 * one that holds most.
 */
function ownerToShrink<T>(
  { shares }: CachePartition<T>,
  owner: string,
  bytes: number,
  bytesMax: number,
): string {
  const own = shares.get(owner)?.bytes ?? 0;
  const owners = shares.size + (own === 0 ? 1 : 0);
  if (own > 0 && own + bytes > bytesMax / owners) return owner;
  let [largest, most] = [owner, own];
  for (const [other, { bytes: held }] of shares) if (held > most) [largest, most] = [other, held];
  return largest;
}

function removeOldest<T>(partition: CachePartition<T>, owner: string): void {
  const [oldest] = partition.shares.get(owner)?.kept.keys() ?? [];
  if (oldest !== undefined) remove(partition, owner, oldest);
}

function add<T>(partition: CachePartition<T>, owner: string, content: string, kept: CachedAnswer<T>): void {
  const share = partition.shares.get(owner) ?? { kept: new Map<string, CachedAnswer<T>>(), bytes: 0 };
  partition.shares.set(owner, share);
  share.kept.set(content, kept);
  share.bytes += kept.bytes;
  partition.bytes += kept.bytes;
}

function remove<T>(partition: CachePartition<T>, owner: string, content: string): void {
  const share = partition.shares.get(owner);
  const bytes = share?.kept.get(content)?.bytes;
  if (share === undefined || bytes === undefined) return;
  share.kept.delete(content);
  share.bytes -= bytes;
  partition.bytes -= bytes;
  if (share.kept.size === 0) partition.shares.delete(owner);
}

function bytesOf(outputs: WireTensors): number {
  return Object.values(outputs).reduce(
    (sum, { data }) =>
      sum + (data instanceof Uint8Array ? data.length : data.reduce((all, text) => all + 2 * text.length, 0)),
    0,
  );
}
