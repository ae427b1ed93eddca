/**
 * A limited number of places for connections without an accepted token. When all are taken, a new connection replaces
 * the oldest one, unless that arrived just now, too. So silent sockets cannot keep other clients out, and when many
 * arrive at once the later ones are refused. Each group of newcomers, such as those of one address, may have a limited
 * number of the places. While the token of a connection is verified nobody replaces it; that holds for at most half of
 * the places, so that clients who are kept waiting by a token's issuer do not keep all others out. Pure: it is given
 * the time.
 */
import { type AdmissionResult, protectedMs } from "./place-admission.js";

interface TakenPlace {
  /** The time of arrival. */
  readonly at: number;
  readonly group: string;
}

export class UnauthenticatedPlaces<S> {
  /** A map keeps the order of insertion, so the oldest is first. */
  private readonly places = new Map<S, TakenPlace>();
  /** The places of connections whose tokens are verified. */
  private readonly kept = new Map<S, TakenPlace>();
  /** The number of places that each group has. */
  private readonly groups = new Map<string, number>();

  constructor(
    private readonly countMax: number,
    readonly groupMax: number = Number.POSITIVE_INFINITY,
  ) {}

  get count(): number {
    return this.places.size + this.kept.size;
  }

  *[Symbol.iterator](): Generator<S, void, undefined> {
    yield* this.places.keys();
    yield* this.kept.keys();
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
    return oldest !== undefined && now - oldest.at >= protectedMs;
  }

  admit(newcomer: S, now: number, group = ""): AdmissionResult<S> {
    if (!this.hasRoom(now) || !this.hasRoomFor(group)) return { kind: "full" };
    const displaced = this.count < this.countMax ? undefined : this.oldest();
    if (displaced !== undefined) this.leave(displaced);
    this.places.set(newcomer, { at: now, group });
    this.groups.set(group, (this.groups.get(group) ?? 0) + 1);
    return { kind: "admitted", ...(displaced !== undefined && { displaced }) };
  }

  /** Keeps a place while its token is verified, unless half of all places are kept. */
  keep(member: S): void {
    const place = this.places.get(member);
    if (place === undefined || this.kept.size >= Math.floor(this.countMax / 2)) return;
    this.places.delete(member);
    this.kept.set(member, place);
  }

  /** The place may be replaced again, as one that was taken just now. */
  endKeeping(member: S, now: number): void {
    const place = this.kept.get(member);
    if (place === undefined) return;
    this.kept.delete(member);
    this.places.set(member, { ...place, at: now });
  }

  /** Removes a connection that has ended or was authenticated. */
  leave(newcomer: S): void {
    const place = this.places.get(newcomer) ?? this.kept.get(newcomer);
    if (place === undefined) return;
    this.places.delete(newcomer);
    this.kept.delete(newcomer);
    const left = (this.groups.get(place.group) ?? 1) - 1;
    if (left === 0) this.groups.delete(place.group);
    else this.groups.set(place.group, left);
  }

  private oldest(): S | undefined {
    const [oldest] = this.places.keys();
    return oldest;
  }
}
