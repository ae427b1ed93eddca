/** Where versions are opened, by how much a worker has to do. */
import { describe, expect, it } from "vitest";
import { BusyTime } from "../../engines/pool/busy-time.js";
import { leastLoaded } from "../../engines/pool/placement.js";

const place = (name: string, versions: number, busy = 0) => ({ name, versions, busy });
const names = (places: readonly { name: string }[]) => places.map(({ name }) => name);

describe("a version is opened", () => {
  it("where the fewest are, opened or about to be", () => {
    const places = [place("a", 2), place("b", 0), place("c", 1), place("d", 0)];
    expect(names(leastLoaded(places, 1))).toEqual(["b"]);
    expect(names(leastLoaded(places, 3))).toEqual(["b", "d", "c"]);
  });

  it("where least is computed, though more versions are there", () => {
    expect(names(leastLoaded([place("hot", 1, 0.9), place("cold", 6, 0.01)], 1))).toEqual(["cold"]);
  });

  it("and a few batches do not count", () => {
    expect(names(leastLoaded([place("a", 1, 0.04), place("b", 2, 0)], 1))).toEqual(["a"]);
  });
});

describe("a worker's busy time", () => {
  it("is the share of its time that it computes, and is forgotten by halves in ten seconds", () => {
    const busy = new BusyTime();
    for (let now = 0; now <= 100_000; now += 10) busy.took(5, now);
    expect(busy.share(100_000)).toBeCloseTo(0.5, 2);
    expect(busy.share(110_000)).toBeCloseTo(0.25, 2);
    expect(busy.share(1_000_000)).toBeCloseTo(0, 6);
  });

  it("of one that never computed is nothing", () => {
    expect(new BusyTime().share(5_000)).toBe(0);
  });
});
