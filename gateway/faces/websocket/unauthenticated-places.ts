/**
 * A limited number of places for connections without an accepted token. When all are taken, a new connection replaces
 * the oldest one, unless that arrived just now, too. So silent sockets cannot keep other clients out, and when many
 * arrive at once the later ones are refused. Each group of newcomers, such as those of one address, may have a limited
 * number of the places. A place may be kept for an answer that goes on, such as a stream of events to an accepted
 * token: it is replaced by nobody, and at most half of the places are kept. Pure: it is given the time.
 */

/** Milliseconds for which a place is certainly kept: several round trips, enough for a request or a hello. */
const keptMs = 1_000;

export type AdmissionResult<S> =
  | { readonly kind: "admitted" /** Who has to leave for it. */; readonly displaced?: S }
  | { readonly kind: "full" };

interface TakenPlace {
  /** The time of arrival. */
  readonly at: number;
  readonly group: string;
}

export class UnauthenticatedPlaces<S> {
  /** A map keeps the order of insertion, so the oldest is first. */
  private readonly places = new Map<S, TakenPlace>();
  /** The number of places that each group has. */
  private readonly groups = new Map<string, number>();
  private readonly kept = new Set<S>();

  constructor(
    private readonly countMax: number,
    readonly groupMax: number = Number.POSITIVE_INFINITY,
  ) {}

  get count(): number {
    return this.places.size + this.kept.size;
  }

  *[Symbol.iterator](): Generator<S, void, undefined> {
    yield* this.places.keys();
    yield* this.kept;
  }

  has(newcomer: S): boolean {
    return this.places.has(newcomer) || this.kept.has(newcomer);
  }

  /** Whether a group has fewer places than it may. */
  hasRoomFor(group: string): boolean {
    return (this.groups.get(group) ?? 0) < this.groupMax;
  }

  /** Whether one more connection would be admitted, of a group that has room. */
  hasRoom(now: number): boolean {
    if (this.count < this.countMax) return true;
    const [oldest] = this.places.values();
    return oldest !== undefined && now - oldest.at >= keptMs;
  }

  admit(newcomer: S, now: number, group = ""): AdmissionResult<S> {
    if (!this.hasRoom(now) || !this.hasRoomFor(group)) return { kind: "full" };
    const displaced = this.count < this.countMax ? undefined : this.oldest();
    if (displaced !== undefined) this.leave(displaced);
    this.places.set(newcomer, { at: now, group });
    this.groups.set(group, (this.groups.get(group) ?? 0) + 1);
    return { kind: "admitted", ...(displaced !== undefined && { displaced }) };
  }

  /** Keeps a place, which belongs to no group from now on; false when half of all places are kept already. */
  keep(member: S): boolean {
    if (this.kept.has(member)) return true;
    if (this.kept.size >= Math.floor(this.countMax / 2)) return false;
    this.leave(member);
    this.kept.add(member);
    return true;
  }

  /** Gives back what `keep` gave: the connection may be replaced again. */
  endKeeping(member: S, now: number): void {
    if (this.kept.delete(member)) this.admit(member, now);
  }

  /** Counts a connection that sent a request as new again. */
  renew(newcomer: S, now: number): void {
    const place = this.places.get(newcomer);
    if (place === undefined) return;
    this.places.delete(newcomer);
    this.places.set(newcomer, { ...place, at: now });
  }

  /** Removes a connection that has ended or was authenticated. */
  leave(newcomer: S): void {
    this.kept.delete(newcomer);
    const place = this.places.get(newcomer);
    if (place === undefined) return;
    this.places.delete(newcomer);
    const left = (this.groups.get(place.group) ?? 1) - 1;
    if (left === 0) this.groups.delete(place.group);
    else this.groups.set(place.group, left);
  }

  private oldest(): S | undefined {
    const [oldest] = this.places.keys();
    return oldest;
  }
}
