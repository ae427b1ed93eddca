import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap, type HeapEntry } from "../../gateway/scheduling/heap.js";
import { check } from "../support/seeded.js";

const ascending = (a: number, b: number) => a < b;

function drained(heap: Heap<number>, entries: Set<HeapEntry<number>>): number[] {
  const items: number[] = [];
  for (let item = heap.peek(); item !== undefined; item = heap.peek()) {
    items.push(item);
    const entry = [...entries].find((each) => each.at === 0);
    if (entry === undefined) throw new Error("nothing stands at the top");
    heap.remove(entry);
    entries.delete(entry);
  }
  return items;
}

it("gives back what is left in order, whatever was taken out of its middle", () => {
  check(
    fc.property(fc.array(fc.integer()), fc.array(fc.nat()), (items, removals) => {
      const heap = new Heap<number>(ascending);
      const entries = items.map((item) => heap.push(item));
      const left = new Set(entries);
      for (const at of removals) {
        const entry = entries[at % Math.max(1, entries.length)];
        if (entry === undefined) continue;
        heap.remove(entry);
        left.delete(entry);
      }
      expect(heap.size).toBe(left.size);
      const wanted = [...left].map(({ item }) => item).sort((a, b) => a - b);
      expect(drained(heap, left)).toEqual(wanted);
      expect(heap.size).toBe(0);
    }),
  );
});

it("lets an entry be removed twice: the second time nothing leaves", () => {
  const heap = new Heap<number>(ascending);
  const entry = heap.push(1);
  heap.push(2);
  heap.remove(entry);
  heap.remove(entry);
  expect(heap.size).toBe(1);
  expect(heap.peek()).toBe(2);
});
