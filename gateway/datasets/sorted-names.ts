/** Names in ascending order, found by halving. Pure. */
export class SortedNames {
  private readonly names: string[] = [];

  add(name: string): void {
    const at = this.placeOf(name);
    if (this.names[at] !== name) this.names.splice(at, 0, name);
  }

  remove(name: string): void {
    const at = this.placeOf(name);
    if (this.names[at] === name) this.names.splice(at, 1);
  }

  /** How many begin with the prefix. */
  count(prefix: string): number {
    return this.endOf(prefix) - this.placeOf(prefix);
  }

  /** Those that begin with the prefix and come after a name. */
  *following(prefix: string, after: string): Generator<string> {
    const end = this.endOf(prefix);
    let at = Math.max(this.placeOf(prefix), this.placeOf(after));
    if (this.names[at] === after) at++;
    for (; at < end; at++) yield this.names[at] as string;
  }

  /** The place of the first name that does not come before this one. */
  private placeOf(name: string): number {
    return this.search((each) => each < name);
  }

  /** The place behind the last name with the prefix. */
  private endOf(prefix: string): number {
    return this.search((each) => each < prefix || each.startsWith(prefix));
  }

  /** The number of names for which it holds that come before all others. */
  private search(holds: (name: string) => boolean): number {
    let from = 0;
    let to = this.names.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (holds(this.names[middle] as string)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
