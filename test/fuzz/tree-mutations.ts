/** Changes a frame's tree at one place. */
import { hostileValue } from "./hostile-values.js";
import type { Random } from "./random.js";
import { Entries, type WireValue } from "./wire-value.js";

/** A place in a tree that holds a value. */
interface Place {
  readonly get: () => WireValue;
  readonly set: (value: WireValue) => void;
  /** The map or array that the place belongs to. */
  readonly within: Entries | WireValue[];
  readonly index: number;
}

/** The tree with one to three changes. */
export function mutated(tree: Entries, random: Random): Entries {
  for (let i = random.weighted({ 1: 70, 2: 20, 3: 10 }) === "1" ? 1 : 2; i > 0; i--) change(tree, random);
  return tree;
}

function change(tree: Entries, random: Random): void {
  const places = placesIn(tree);
  if (places.length === 0) return;
  const place = random.pick(places);
  const how = random.weighted({ replace: 40, nudge: 20, remove: 10, repeat: 8, rename: 8, add: 8, wrap: 6 });
  changes[how](place, random);
}

const changes = {
  replace: (place: Place, random: Random) => place.set(hostileValue(random)),
  nudge: (place: Place, random: Random) => place.set(nudged(place.get(), random)),
  remove: ({ within, index }: Place) => void listOf(within).splice(index, 1),
  repeat({ within, index }: Place, random: Random) {
    const list = listOf(within);
    const each = list[index];
    if (within instanceof Entries) within.list.push([within.list[index]?.[0] ?? "a", hostileValue(random)]);
    else if (each !== undefined) list.push(each);
  },
  rename({ within, index }: Place, random: Random) {
    const entry = within instanceof Entries ? within.list[index] : undefined;
    if (entry !== undefined) entry[0] = random.chance(0.3) ? hostileValue(random) : nudged(entry[0], random);
  },
  add({ within }: Place, random: Random) {
    const key = random.pick(["__proto__", "extra", "id", "type", "constructor", "a".repeat(129)]);
    if (within instanceof Entries) within.list.unshift([key, hostileValue(random)]);
    else within.push(hostileValue(random));
  },
  wrap: (place: Place) => place.set([place.get()]),
};

/** A value close to the given one: the boundaries are there. */
function nudged(value: WireValue, random: Random): WireValue {
  if (typeof value === "number")
    return random.pick([
      value + 1,
      value - 1,
      -value,
      value + 0.5,
      value * 2,
      value * 1e6,
      0,
      BigInt(Number.isSafeInteger(value) ? value : 0),
    ]);
  if (typeof value === "string")
    return random.pick([
      value.slice(1),
      `${value}x`,
      value.toUpperCase(),
      value.repeat(20),
      `${value}\u0000`,
      "__proto__",
    ]);
  if (value instanceof Uint8Array)
    return random.pick([
      value.subarray(1),
      Buffer.concat([value, random.bytes(1)]),
      random.bytes(value.length),
    ]);
  if (typeof value === "boolean") return !value;
  if (Array.isArray(value)) return random.chance(0.5) ? value.slice(1) : [...value, ...value];
  return hostileValue(random);
}

function placesIn(within: Entries | WireValue[]): Place[] {
  const places: Place[] = [];
  const list = listOf(within);
  const count = Math.min(list.length, 64); // a long list has no other places at its end than at its beginning
  for (let index = 0; index < count; index++) {
    const get = () =>
      within instanceof Entries ? (within.list[index]?.[1] ?? null) : (within[index] ?? null);
    const set = (value: WireValue) => {
      const entry = within instanceof Entries ? within.list[index] : undefined;
      if (entry !== undefined) entry[1] = value;
      else if (Array.isArray(within)) within[index] = value;
    };
    places.push({ get, set, within, index });
    const value = get();
    if (value instanceof Entries || Array.isArray(value)) places.push(...placesIn(value));
  }
  return places;
}

function listOf(within: Entries | WireValue[]): unknown[] {
  return within instanceof Entries ? within.list : within;
}
