/**
 * Who has proved nothing yet, in a bounded number of places. Where all are taken, a newcomer gets the place of whoever
 * has held one longest, unless that one came just now too: silent sockets cannot keep others out, and a herd that
 * comes at once is refused in order. Pure: it is told the time.
 */

/** Milliseconds for which a place is surely kept: some round trips, enough for a request or a hello. */
const keptMs = 1_000;

export type AdmissionResult<S> =
  | { readonly kind: "admitted" /** Who has to leave for it. */; readonly displaced?: S }
  | { readonly kind: "full" };

export class UnauthenticatedPlaces<S> {
  /** Since when each is here; a map keeps the order, the oldest first. */
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

  /** Whether one more would be admitted. */
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

  /** It showed life: it counts as one that came now. */
  renew(newcomer: S, now: number): void {
    if (this.places.delete(newcomer)) this.places.set(newcomer, now);
  }

  /** It has left, or is no newcomer any more. */
  leave(newcomer: S): void {
    this.places.delete(newcomer);
  }

  private oldest(): S | undefined {
    const [oldest] = this.places.keys();
    return oldest;
  }
}
