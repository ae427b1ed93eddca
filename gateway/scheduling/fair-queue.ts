/**
 * Requests of one servable. The tenant that has had least of the lane's compute time goes first, and within a
 * tenant priority and then the earliest deadline. One loud tenant cannot starve a quiet one, whatever priority it
 * claims. A pure structure.
 */
import { Heap, type HeapEntry } from "./heap.js";
import type { TenantAccount } from "./tenant-shares.js";

/** What the queue looks at. `sequence` orders requests of one deadline as they came. */
export interface FairQueueItem {
  readonly account: TenantAccount;
  /** Only requests of one bucket may share a batch. */
  readonly bucket: string;
  readonly rows: number;
  /** Requests of one class cost about the same for each row. */
  readonly costClass: number;
  /** 1 is the highest. */
  readonly priority: number;
  readonly deadline: number;
  readonly sequence: number;
  /**
   * Where it stands while it waits. Kept here rather than in a map: tables that a map has outgrown kept requests
   * alive for the next collections, which took half of the scheduler's time.
   */
  place: HeapEntries | undefined;
}

interface HeapEntries {
  readonly byUrgency: HeapEntry<unknown>;
  readonly byArrival: HeapEntry<unknown>;
}

interface TenantQueue<T> {
  readonly account: TenantAccount;
  readonly buckets: Map<string, Heap<T>>;
  /** Requests it has waiting. */
  requests: number;
  /** Rows it has waiting, by priority and class of cost. */
  readonly rows: Map<number, number>;
  /** The last batch that took of it, and of which priority. */
  batch: number;
  batchPriority: number;
}

const earlier = (a: FairQueueItem, b: FairQueueItem) => {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.deadline === b.deadline ? a.sequence < b.sequence : a.deadline < b.deadline;
};

/** Classes of cost there are at most. */
const classes = 1_024;
const tallyKey = ({ priority, costClass }: FairQueueItem) => priority * classes + costClass;

export class FairQueue<T extends FairQueueItem> {
  private readonly tenants = new Map<TenantAccount, TenantQueue<T>>();
  private readonly arrivals = new Heap<T>((a, b) => a.sequence < b.sequence);
  private rowCount = 0;
  private batches = 0;

  get size(): number {
    return this.arrivals.size;
  }

  get rows(): number {
    return this.rowCount;
  }

  /** Requests of a tenant. */
  sizeOf(account: TenantAccount): number {
    return this.tenants.get(account)?.requests ?? 0;
  }

  /** Tenants that wait. */
  accounts(): IterableIterator<TenantAccount> {
    return this.tenants.keys();
  }

  /** What a tenant has waiting, of this priority and above. @param cost of a row of a class */
  amountOf(account: TenantAccount, cost: (costClass: number) => number, priority = Infinity): number {
    let amount = 0;
    for (const [key, rows] of this.tenants.get(account)?.rows ?? [])
      if (Math.floor(key / classes) <= priority) amount += rows * cost(key % classes);
    return amount;
  }

  /** The request that came first. */
  oldest(): T | undefined {
    return this.arrivals.peek();
  }

  /** All of them, in no order. */
  all(): Iterable<T> {
    return this.arrivals.items();
  }

  push(item: T): void {
    const tenant = this.tenants.get(item.account) ?? this.enter(item.account);
    const heap = tenant.buckets.get(item.bucket) ?? new Heap<T>(earlier);
    tenant.buckets.set(item.bucket, heap);
    item.place = { byUrgency: heap.push(item), byArrival: this.arrivals.push(item) };
    this.count(tenant, item, 1);
  }

  /** Takes a request out, wherever it stands; false when it is not here. */
  remove(item: T): boolean {
    const { place } = item;
    const tenant = this.tenants.get(item.account);
    if (place === undefined || tenant === undefined) return false;
    const heap = tenant.buckets.get(item.bucket);
    heap?.remove(place.byUrgency);
    this.arrivals.remove(place.byArrival);
    item.place = undefined;
    this.count(tenant, item, -1);
    if (heap?.size === 0) tenant.buckets.delete(item.bucket);
    if (tenant.requests === 0) this.tenants.delete(item.account);
    return true;
  }

  /** Of the tenants that wait and may have more now, the one that has had least. */
  least(may: (account: TenantAccount) => boolean = () => true): TenantAccount | undefined {
    let best: TenantAccount | undefined;
    for (const account of this.tenants.keys())
      if (may(account) && (best === undefined || account.usedMs < best.usedMs)) best = account;
    return best;
  }

  /** A tenant's most urgent request, of any bucket. */
  firstOf(account: TenantAccount): T | undefined {
    let best: T | undefined;
    for (const heap of this.tenants.get(account)?.buckets.values() ?? []) {
      const head = heap.peek();
      if (head !== undefined && (best === undefined || earlier(head, best))) best = head;
    }
    return best;
  }

  /**
   * The next requests that may be computed together: `first`, and at most `rowsMax` rows with it.
   * @param taken hears of each at once, to charge its tenant before the next is chosen
   */
  takeBatch(rowsMax: number, first: T | undefined, taken: (item: T) => void): T[] {
    const batch: T[] = [];
    let room = rowsMax;
    this.batches++;
    for (let next = first; next !== undefined; next = this.companion(next.bucket, room)) {
      const tenant = this.tenants.get(next.account) as TenantQueue<T>;
      tenant.batch = this.batches;
      tenant.batchPriority = next.priority;
      this.remove(next);
      room -= next.rows;
      batch.push(next);
      taken(next);
      if (room <= 0) break;
    }
    return batch;
  }

  /**
   * The one that rides along next. A tenant gives one batch requests of one priority only, so that what is urgent
   * computes no longer for its own less urgent ones; one whose next does not fit leads a batch soon.
   */
  private companion(bucket: string, room: number): T | undefined {
    let best: T | undefined;
    for (const tenant of this.tenants.values()) {
      const head = tenant.buckets.get(bucket)?.peek();
      if (head === undefined || head.rows > room) continue;
      if (tenant.batch === this.batches && tenant.batchPriority !== head.priority) continue;
      if (best === undefined || tenant.account.usedMs < best.account.usedMs) best = head;
    }
    return best;
  }

  private enter(account: TenantAccount): TenantQueue<T> {
    const tenant: TenantQueue<T> = {
      account,
      buckets: new Map(),
      requests: 0,
      rows: new Map(),
      batch: 0,
      batchPriority: 0,
    };
    this.tenants.set(account, tenant);
    return tenant;
  }

  private count(tenant: TenantQueue<T>, item: T, sign: 1 | -1): void {
    const key = tallyKey(item);
    const rows = (tenant.rows.get(key) ?? 0) + sign * item.rows;
    if (rows === 0) tenant.rows.delete(key);
    else tenant.rows.set(key, rows);
    tenant.requests += sign;
    this.rowCount += sign * item.rows;
  }
}
