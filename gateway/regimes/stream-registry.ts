/**
 * The open streams of all namespaces by name, and what each counts for its tenant: one stream, and the bytes of what it
 * remembers.
 */
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { Batch } from "./batch.js";
import type { RegimeStream } from "./stream.js";

interface CountedStream {
  readonly account: QuotaAccount;
  bytes: number;
  /** Observations that were accepted and are not on disk yet. */
  underWay: number;
}

export class StreamRegistry {
  private readonly namespaces = new Map<string, Map<string, RegimeStream>>();
  private readonly counted = new Map<RegimeStream, CountedStream>();

  /** @param accountOf absent where nothing is counted */
  constructor(private readonly accountOf?: (tenant: string) => QuotaAccount) {}

  get count(): number {
    return [...this.namespaces.values()].reduce((sum, streams) => sum + streams.size, 0);
  }

  get(namespace: string, name: string): RegimeStream | undefined {
    return this.namespaces.get(namespace)?.get(name);
  }

  /** The streams of a namespace, by name. */
  of(namespace: string): ReadonlyMap<string, RegimeStream> {
    return this.namespaces.get(namespace) ?? new Map<string, RegimeStream>();
  }

  *all(): Iterable<RegimeStream> {
    for (const streams of this.namespaces.values()) yield* streams.values();
  }

  /** Adds a stream in the place of an earlier one of its name. */
  add(stream: RegimeStream): void {
    const { namespace, name, tenant } = stream.record;
    const before = this.get(namespace, name);
    if (before !== undefined) this.remove(before);
    const streams = this.namespaces.get(namespace) ?? new Map<string, RegimeStream>();
    this.namespaces.set(namespace, streams);
    streams.set(name, stream);
    if (tenant === undefined || this.accountOf === undefined) return;
    const account = this.accountOf(tenant);
    account.hold("streams", 1);
    this.counted.set(stream, { account, bytes: 0, underWay: 0 });
    this.recount(stream);
  }

  /** False when the name belongs to another stream by now. */
  remove(stream: RegimeStream): boolean {
    const { namespace, name } = stream.record;
    const streams = this.namespaces.get(namespace);
    if (streams?.get(name) !== stream) return false;
    streams.delete(name);
    if (streams.size === 0) this.namespaces.delete(namespace);
    const counted = this.counted.get(stream);
    this.counted.delete(stream);
    counted?.account.release("streams", 1);
    counted?.account.release("kept_bytes", counted.bytes);
    return true;
  }

  /**
   * Counts observations from the moment at which they are accepted, so that those under way are within the quota too.
   * @throws HeadgateError resource_exhausted when the stream's tenant may not keep so many bytes more
   */
  async growing<T>(stream: RegimeStream, { times, d }: Batch, take: () => Promise<T>): Promise<T> {
    const counted = this.counted.get(stream);
    if (counted === undefined) return take();
    const observations = counted.underWay + times.length;
    const more = stream.keptBytesAfter(observations, d) - counted.bytes;
    if (more > 0) counted.account.requireRoomFor("kept_bytes", more);
    counted.underWay = observations;
    this.recount(stream, d);
    try {
      return await take();
    } finally {
      counted.underWay -= times.length;
      this.recount(stream, d);
    }
  }

  /** Counts what a stream remembers, and d values for each observation that is under way. */
  recount(stream: RegimeStream, d = 0): void {
    const counted = this.counted.get(stream);
    if (counted === undefined) return;
    const bytes = stream.keptBytesAfter(counted.underWay, d);
    counted.account.hold("kept_bytes", bytes - counted.bytes);
    counted.bytes = bytes;
  }
}
