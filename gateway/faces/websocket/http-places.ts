/**
 * A limited number of places for TCP connections that are no WebSocket. When all are taken, a new connection replaces
 * the one that has been idle longest, or else the one that has waited longest for its own client: for the rest of a
 * request, or until the client reads its answer. So silent and slow clients cannot keep others out. A connection whose
 * request the gateway is answering is replaced by nobody; when every place has one, new connections are refused.
 * At most half of the places are kept for streams, which go on for as long as their clients wish, and tenants share
 * these. Pure: it is given the time.
 */
import { type AdmissionResult, protectedMs } from "./place-admission.js";
import { StreamPlaces } from "./stream-places.js";

/**
 * What a connection has its place for: an exchange lasts from a request's header until its answer is sent, the answer
 * from the end of the request until the gateway has computed its last byte, and a stream is an answer that goes on.
 */
export type PlaceUse = ExchangeUse | "stream";

export type ExchangeUse = "exchange" | "answer";

/** A client may send several requests at once, so each use has a number. */
type PlaceUses = Record<PlaceUse, number>;

export class HttpPlaces<S> {
  private readonly taken = new Map<S, PlaceUses>();
  /** Since when each is idle. Maps keep the order of insertion, so the longest idle is first. */
  private readonly idle = new Map<S, number>();
  /** Since when each of the others waits for its client. */
  private readonly waiting = new Map<S, number>();
  private readonly streams: StreamPlaces<S>;

  constructor(private readonly countMax: number) {
    this.streams = new StreamPlaces(Math.floor(countMax / 2));
  }

  get count(): number {
    return this.taken.size;
  }

  [Symbol.iterator](): IterableIterator<S> {
    return this.taken.keys();
  }

  admit(newcomer: S, now: number): AdmissionResult<S> {
    const isFull = this.taken.size >= this.countMax;
    const displaced = isFull ? (longest(this.idle, now) ?? longest(this.waiting, now)) : undefined;
    if (isFull && displaced === undefined) return { kind: "full" };
    if (displaced !== undefined) this.leave(displaced);
    this.taken.set(newcomer, { exchange: 0, answer: 0, stream: 0 });
    this.idle.set(newcomer, now);
    return { kind: "admitted", ...(displaced !== undefined && { displaced }) };
  }

  has(member: S): boolean {
    return this.taken.has(member);
  }

  /** How often a connection has its place for this. */
  uses(member: S, use: PlaceUse): number {
    return this.taken.get(member)?.[use] ?? 0;
  }

  /** A connection that has left already has no place, and needs none. */
  begin(member: S, use: ExchangeUse, now: number): void {
    this.addUse(member, use, now);
  }

  /**
   * Begins a stream of a tenant.
   * @throws HeadgateError resource_exhausted, retryable, when the places for streams, or the tenant's share of them,
   * are taken
   */
  beginStream(member: S, tenant: string, now: number): void {
    if (this.taken.has(member)) this.streams.take(member, tenant);
    this.addUse(member, "stream", now);
  }

  /** Ends what `begin` or `beginStream` began, once each. */
  end(member: S, use: PlaceUse, now: number): void {
    const uses = this.taken.get(member);
    if (uses === undefined) return;
    uses[use]--;
    if (uses.stream === 0) this.streams.leave(member);
    this.sort(member, uses, now);
  }

  /** Removes a connection that has ended or became a WebSocket. */
  leave(member: S): void {
    this.streams.leave(member);
    this.taken.delete(member);
    this.idle.delete(member);
    this.waiting.delete(member);
  }

  private addUse(member: S, use: PlaceUse, now: number): void {
    const uses = this.taken.get(member);
    if (uses === undefined) return;
    uses[use]++;
    this.sort(member, uses, now);
  }

  private sort(member: S, { exchange, answer, stream }: PlaceUses, now: number): void {
    this.idle.delete(member);
    this.waiting.delete(member);
    if (answer > 0 || stream > 0) return;
    (exchange > 0 ? this.waiting : this.idle).set(member, now);
  }
}

/** Who is there longest, unless that is for a moment only. */
function longest<S>(since: ReadonlyMap<S, number>, now: number): S | undefined {
  const [first] = since;
  return first !== undefined && now - first[1] >= protectedMs ? first[0] : undefined;
}
