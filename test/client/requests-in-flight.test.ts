import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestsInFlight } from "../../client/typescript/requests-in-flight.js";
import { idMax } from "../../protocol/limits.js";
import { check } from "../protocol/check.js";

interface Item {
  id: number | undefined;
}

const added = (requests: RequestsInFlight<Item>): Item => {
  const item: Item = { id: undefined };
  requests.add(requests.nextId(), item);
  return item;
};

describe("requests in flight", () => {
  it("are found by their ids as in a map, whatever comes and goes", () => {
    const step = fc.oneof(
      fc.constant("add" as const),
      fc.constant("add" as const),
      fc.nat(400).map((index) => ({ remove: index })),
      fc.nat(2_000).map((id) => ({ stranger: id })),
    );
    check(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const requests = new RequestsInFlight<Item>();
        const known = new Map<number, Item>();
        for (const each of steps) {
          if (each === "add") {
            const item = added(requests);
            expect(known.has(item.id ?? 0)).toBe(false);
            known.set(item.id ?? 0, item);
          } else if ("remove" in each) {
            const [id, item] = [...known][each.remove % Math.max(1, known.size)] ?? [0, undefined];
            known.delete(id);
            expect(requests.remove(id)).toBe(item);
            expect(item?.id).toBeUndefined();
          } else if (!known.has(each.stranger)) expect(requests.remove(each.stranger)).toBeUndefined();
          expect(requests.size).toBe(known.size);
          expect(requests.values()).toEqual([...known.values()]);
        }
      }),
      60,
    );
  });

  it("do not give the id of one that stays for long to another", () => {
    const requests = new RequestsInFlight<Item>();
    const long = added(requests);
    for (let i = 0; i < 1_000; i++) {
      const item = added(requests);
      expect(item.id).not.toBe(long.id);
      expect(requests.remove(item.id ?? 0)).toBe(item);
    }
    expect(requests.remove(long.id ?? 0)).toBe(long);
    expect(requests.size).toBe(0);
  });

  it("begin again after the largest id", () => {
    const requests = new RequestsInFlight<Item>();
    requests.add(idMax - 1, { id: undefined });
    expect(added(requests).id).toBe(idMax);
    expect(added(requests).id).toBe(1);
    expect(requests.size).toBe(3);
  });

  it("are all taken out at once, and ids of before are not given again", () => {
    const requests = new RequestsInFlight<Item>();
    const all = Array.from({ length: 300 }, () => added(requests));
    const largest = Math.max(...all.map(({ id }) => id ?? 0));
    requests.clear();
    expect(all.every(({ id }) => id === undefined)).toBe(true);
    expect(requests.values()).toEqual([]);
    expect(added(requests).id).toBeGreaterThan(largest);
  });
});
