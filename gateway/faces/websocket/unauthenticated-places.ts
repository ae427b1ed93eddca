/**
 * A limited number of places for connections without an accepted token. When all are taken, a new connection replaces
 * the oldest one, unless that arrived just now, too. So silent sockets cannot keep other clients out, and when many
 * arrive at once the later ones are refused. Pure: it is given the time.
 */

/** Milliseconds for which a place is certainly kept: several round trips, enough for a request or a hello. */
const keptMs = 1_000;

export type AdmissionResult<S> =
  | { readonly kind: "admitted" /** Who has to leave for it. */; readonly displaced?: S }
  | { readonly kind: "full" };

export class UnauthenticatedPlaces<S> {
  /** The time of arrival of each connection. A map keeps the order of insertion, so the oldest is first. */
  private readonly places = new Map<S, number>();

  constructor(private readonly countMax: number) {}

  get count(): number {
    return this.places.size;
  }

  [Symbol.iterator](): Iterator<S> {
    return this.places.keys();
  }

  has(newcomer: S): boolean {
    return this.places.has(newcomer);
  }

  /** Whether one more connection would be admitted. */
  hasRoom(now: number): boolean {
    if (this.places.size < this.countMax) return true;
    const [oldest] = this.places.values();
    return oldest !== undefined && now - oldest >= keptMs;
  }

  admit(newcomer: S, now: number): AdmissionResult<S> {
    if (!this.hasRoom(now)) return { kind: "full" };
    const displaced = this.places.size < this.countMax ? undefined : this.oldest();
    if (displaced !== undefined) this.places.delete(displaced);
    this.places.set(newcomer, now);
    return { kind: "admitted", ...(displaced !== undefined && { displaced }) };
  }

  /** Counts a connection that sent a request as new again. */
  renew(newcomer: S, now: number): void {
    if (this.places.delete(newcomer)) this.places.set(newcomer, now);
  }

  /** Removes a connection that has ended or was authenticated. */
  leave(newcomer: S): void {
    this.places.delete(newcomer);
  }

  private oldest(): S | undefined {
    const [oldest] = this.places.keys();
    return oldest;
  }
}
