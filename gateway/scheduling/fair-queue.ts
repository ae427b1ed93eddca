/**
 * Requests of one model and one priority. Tenants take turns by weight (deficit round robin), and
 * within a tenant the earliest deadline goes first. One loud tenant cannot starve a quiet one.
 * Source: Shreedhar and Varghese, "Efficient Fair Queueing Using Deficit Round-Robin", 1996.
 */
import { type Entry, Heap } from "./heap.js";

/** What the queue looks at. `sequence` orders requests of one deadline as they came. */
export interface Queued {
  readonly tenant: string;
  readonly weight: number;
  /** Only requests of one bucket may share a batch. */
  readonly bucket: string;
  readonly rows: number;
  readonly deadline: number;
  readonly sequence: number;
}

interface Tenant<T> {
  readonly name: string;
  readonly weight: number;
  readonly buckets: Map<string, Heap<T>>;
  /** Rows it has waiting. */
  rows: number;
  deficit: number;
  /** Its quantum for this turn was given. */
  inTurn: boolean;
}

const earlier = (a: Queued, b: Queued) =>
  a.deadline === b.deadline ? a.sequence < b.sequence : a.deadline < b.deadline;

export class FairQueue<T extends Queued> {
  private readonly tenants = new Map<string, Tenant<T>>();
  /** Tenants with requests, in the order of their turns. */
  private readonly ring: Tenant<T>[] = [];
  private turn = 0;
  /** Where each request stands, in the order they came. */
  private readonly standing = new Map<T, Entry<T>>();
  private rowCount = 0;

  /** @param quantum rows a tenant of weight 1 may take in its turn */
  constructor(private readonly quantum = 16) {}

  get size(): number {
    return this.standing.size;
  }

  get rows(): number {
    return this.rowCount;
  }

  /**
   * Rows that would be taken before a new request of this tenant: its own, and of the others what their
   * turns allow meanwhile. A loud tenant's queue is not in front of a quiet one.
   */
  rowsAhead(name: string, weight: number): number {
    const own = this.tenants.get(name)?.rows ?? 0;
    let rows = own;
    for (const other of this.tenants.values())
      if (other.name !== name) rows += Math.min(other.rows, ((own + this.quantum) * other.weight) / weight);
    return rows;
  }

  /** The request that came first. */
  oldest(): T | undefined {
    return this.standing.keys().next().value;
  }

  push(item: T): void {
    const tenant = this.tenants.get(item.tenant) ?? this.enter(item);
    const heap = tenant.buckets.get(item.bucket) ?? new Heap<T>(earlier);
    tenant.buckets.set(item.bucket, heap);
    this.standing.set(item, heap.push(item));
    this.rowCount += item.rows;
    tenant.rows += item.rows;
  }

  /** Takes a request out, wherever it stands; false when it is not here. */
  remove(item: T): boolean {
    const entry = this.standing.get(item);
    const tenant = this.tenants.get(item.tenant);
    if (entry === undefined || tenant === undefined) return false;
    const heap = tenant.buckets.get(item.bucket);
    heap?.remove(entry);
    this.standing.delete(item);
    this.rowCount -= item.rows;
    tenant.rows -= item.rows;
    if (heap?.size === 0) tenant.buckets.delete(item.bucket);
    if (tenant.buckets.size === 0) this.leave(tenant);
    return true;
  }

  /** The next requests that may be computed together: at least one, and at most `rowsMax` rows if it has more. */
  takeBatch(rowsMax: number): T[] {
    const batch: T[] = [];
    let room = rowsMax;
    let without = 0; // tenants in a row that have nothing for this batch
    let passedOver: Tenant<T> | undefined; // the first of them
    while (this.ring.length > 0 && without < this.ring.length) {
      const tenant = this.ring[this.turn % this.ring.length] as Tenant<T>;
      if (!tenant.inTurn) {
        tenant.inTurn = true;
        tenant.deficit += this.quantum * tenant.weight;
      }
      const next = this.next(tenant, batch[0]?.bucket);
      if (next === undefined) {
        without++;
        passedOver ??= tenant;
        this.pass(tenant);
      } else if (next.rows > room && batch.length > 0) {
        break;
      } else if (next.rows > tenant.deficit) {
        without = 0;
        this.pass(tenant);
      } else {
        without = 0;
        tenant.deficit -= next.rows;
        room -= next.rows;
        batch.push(next);
        this.remove(next);
      }
    }
    // The next batch begins with it: other shapes than its own must not fill every batch.
    if (passedOver !== undefined) this.turn = this.ring.indexOf(passedOver);
    return batch;
  }

  /** A tenant's earliest deadline, of one bucket or of all. */
  private next(tenant: Tenant<T>, bucket: string | undefined): T | undefined {
    if (bucket !== undefined) return tenant.buckets.get(bucket)?.peek();
    let best: T | undefined;
    for (const heap of tenant.buckets.values()) {
      const head = heap.peek();
      if (head !== undefined && (best === undefined || earlier(head, best))) best = head;
    }
    return best;
  }

  private enter(item: T): Tenant<T> {
    const tenant = {
      name: item.tenant,
      weight: item.weight,
      buckets: new Map(),
      rows: 0,
      deficit: 0,
      inTurn: false,
    };
    this.tenants.set(item.tenant, tenant);
    this.ring.push(tenant);
    return tenant;
  }

  /** A tenant that has nothing left takes no credit with it. */
  private leave(tenant: Tenant<T>): void {
    const at = this.ring.indexOf(tenant);
    const turn = this.turn % this.ring.length;
    this.ring.splice(at, 1);
    this.tenants.delete(tenant.name);
    this.turn = at < turn ? turn - 1 : turn % Math.max(1, this.ring.length); // who comes next is not who comes new
  }

  private pass(tenant: Tenant<T>): void {
    tenant.inTurn = false;
    this.turn = (this.turn + 1) % this.ring.length;
  }
}
