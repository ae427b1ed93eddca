/**
 * The waiting requests of one servable, in fair order. The tenant that has used the least compute time of the lane
 * goes first; within a tenant, the higher priority and then the earlier deadline go first. So a tenant with many
 * requests cannot delay another, whatever priority it asks for. A pure structure.
 */
import { Heap, type HeapEntry } from "./heap.js";
import type { TenantAccount } from "./tenant-shares.js";

/** What the queue reads of a request. `sequence` is the order of arrival; it decides between equal deadlines. */
export interface FairQueueItem {
  readonly account: TenantAccount;
  /** Only requests of the same bucket may share a batch. */
  readonly bucket: string;
  readonly rows: number;
  /** Requests of the same class cost about the same for each row. */
  readonly costClass: number;
  /** 1 is the highest. */
  readonly priority: number;
  readonly deadline: number;
  readonly sequence: number;
  /**
   * The request's position in the queue's heaps while it waits. It is stored here and not in a map: the tables that a
   * growing map leaves behind kept requests alive until later garbage collections, which took half of the scheduler's
   * time.
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
  /** The number of waiting requests of this tenant. */
  requests: number;
  /** The number of waiting rows of this tenant, by priority and cost class. */
  readonly rows: Map<number, number>;
  /** The number of the last batch that took a request of this tenant, and the priority of that request. */
  batch: number;
  batchPriority: number;
}

const earlier = (a: FairQueueItem, b: FairQueueItem) => {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.deadline === b.deadline ? a.sequence < b.sequence : a.deadline < b.deadline;
};

/** The number of cost classes. */
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

  /** The number of waiting requests of a tenant. */
  sizeOf(account: TenantAccount): number {
    return this.tenants.get(account)?.requests ?? 0;
  }

  /** The tenants that have waiting requests. */
  accounts(): IterableIterator<TenantAccount> {
    return this.tenants.keys();
  }

  /** The number of waiting requests of a tenant. */
  requestsOf(account: TenantAccount): number {
    return this.tenants.get(account)?.requests ?? 0;
  }

  /**
   * The amount of waiting work of a tenant, in requests of this priority and higher ones.
   * @param cost the cost of a row, by its cost class
   */
  amountOf(account: TenantAccount, cost: (costClass: number) => number, priority = Infinity): number {
    let amount = 0;
    for (const [key, rows] of this.tenants.get(account)?.rows ?? [])
      if (Math.floor(key / classes) <= priority) amount += rows * cost(key % classes);
    return amount;
  }

  /** The request that arrived first. */
  oldest(): T | undefined {
    return this.arrivals.peek();
  }

  /** All requests, in no particular order. */
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

  /** Removes a request wherever it is in the queue; false when it is not in this queue. */
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

  /** The tenant with the least used time, of those that wait and pass `may`. */
  least(may: (account: TenantAccount) => boolean = () => true): TenantAccount | undefined {
    let best: TenantAccount | undefined;
    for (const account of this.tenants.keys())
      if (may(account) && (best === undefined || account.usedMs < best.usedMs)) best = account;
    return best;
  }

  /** The most urgent request of a tenant, in any bucket. */
  firstOf(account: TenantAccount): T | undefined {
    let best: T | undefined;
    for (const heap of this.tenants.get(account)?.buckets.values() ?? []) {
      const head = heap.peek();
      if (head !== undefined && (best === undefined || earlier(head, best))) best = head;
    }
    return best;
  }

  /**
   * The next requests that may be computed together: `first`, and further ones up to `rowsMax` rows.
   * @param taken called for each request at once, so that its tenant is charged before the next request is chosen
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
   * The next request to add to a batch. A tenant adds requests of one priority only to a batch, so that an urgent
   * request does not wait for less urgent ones of the same tenant. A request that does not fit here is soon the first
   * of a batch of its own.
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
