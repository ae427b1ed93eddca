/**
 * The requests of a connection that were sent and not answered yet, by their ids.
 *
 * Not a `Map`: where keys come and go, V8 replaces a map's table again and again, and each table that was replaced still
 * points to its entries and to the next table. Once one of them is old, all that come after it survive each collection of
 * young objects: two fifths of everything allocated, and half of the client's processor time.
 */
import { idMax } from "../../protocol/limits.js";

interface Numbered {
  /** Its id while it is in flight. */
  id: number | undefined;
}

export class RequestsInFlight<T extends Numbered> {
  /** A request's place is its id, modulo their number, which is a power of two above twice that of the requests. */
  private places: (T | undefined)[] = new Array(64).fill(undefined);
  private count = 0;
  private lastId = 0;

  get size(): number {
    return this.count;
  }

  /** The id that `add` takes next: none that is in flight, and none of before as long as there are others. */
  nextId(): number {
    let id = this.lastId;
    do id = id === idMax ? 1 : id + 1;
    while (this.places[this.placeOf(id)] !== undefined);
    return id;
  }

  add(id: number, item: T): void {
    item.id = id;
    this.lastId = id;
    this.places[this.placeOf(id)] = item;
    if (++this.count * 2 > this.places.length) this.grow();
  }

  /** Takes a request out. Undefined when none in flight has this id. */
  remove(id: number): T | undefined {
    const place = this.placeOf(id);
    const item = this.places[place];
    if (item === undefined || item.id !== id) return undefined;
    this.places[place] = undefined;
    this.count--;
    item.id = undefined;
    return item;
  }

  /** All of them, in the order of their ids. */
  values(): T[] {
    const all = this.places.filter((item) => item !== undefined);
    return all.sort((one, other) => (one.id as number) - (other.id as number));
  }

  /** Takes all out. */
  clear(): void {
    for (const item of this.values()) item.id = undefined;
    this.places.fill(undefined);
    this.count = 0;
  }

  private grow(): void {
    const all = this.values();
    this.places = new Array(this.places.length * 2).fill(undefined);
    for (const item of all) this.places[this.placeOf(item.id as number)] = item;
  }

  private placeOf(id: number): number {
    return id & (this.places.length - 1);
  }
}
