import { describe, expect, it } from "vitest";
import { TenantPlaces } from "../../gateway/faces/websocket/tenant-places.js";

const tenant = (name: string, weight = 1) => ({ tenant: name, weight });

/** Alpha has the first `count` places, named 0, 1, 2 and so on. */
function heldByAlpha(count: number, countMax = count): TenantPlaces<number> {
  const places = new TenantPlaces<number>(countMax);
  for (let i = 0; i < count; i++) places.admit(i, tenant("alpha"));
  return places;
}

/** The number of places that each tenant has when all of them request places repeatedly. */
function settled(countMax: number, weights: Readonly<Record<string, number>>): Record<string, number> {
  const places = new TenantPlaces<string>(countMax);
  for (let i = 0; i < 3 * countMax; i++)
    for (const [name, weight] of Object.entries(weights)) places.admit(`${name} ${i}`, tenant(name, weight));
  const held: Record<string, number> = {};
  for (const member of places) {
    const name = member.split(" ")[0] as string;
    held[name] = (held[name] ?? 0) + 1;
  }
  return held;
}

describe("places of tenants", () => {
  it("are all one tenant's while nobody else asks", () => {
    const places = heldByAlpha(3);
    expect(places.hasRoom(tenant("alpha"))).toBe(false);
    expect(places.admit(3, tenant("alpha"))).toEqual({ kind: "full" });
    expect([...places]).toEqual([0, 1, 2]);
  });

  it("go over one by one, the youngest first, until both have as many", () => {
    const places = heldByAlpha(5);
    expect(places.admit(10, tenant("beta"))).toEqual({ kind: "admitted", displaced: 4 });
    expect(places.admit(11, tenant("beta"))).toEqual({ kind: "admitted", displaced: 3 });
    expect(places.hasRoom(tenant("beta"))).toBe(false);
    expect(places.hasRoom(tenant("alpha"))).toBe(false);
    expect([...places]).toEqual([0, 1, 2, 10, 11]);
  });

  it("are shared by weight, and the first has no advantage", () => {
    expect(settled(40, { alpha: 1, beta: 1 })).toEqual({ alpha: 20, beta: 20 });
    expect(settled(40, { alpha: 3, beta: 1 })).toEqual({ alpha: 30, beta: 10 });
    expect(settled(30, { alpha: 1, beta: 1, gamma: 1 })).toEqual({ alpha: 10, beta: 10, gamma: 10 });
  });

  it("that were left are free, and are counted once", () => {
    const places = heldByAlpha(2);
    places.leave(0);
    places.leave(0);
    expect(places.count).toBe(1);
    expect(places.admit(7, tenant("beta"))).toEqual({ kind: "admitted" });
    places.leave(1);
    places.leave(7);
    expect([places.count, [...places]]).toEqual([0, []]);
  });
});
