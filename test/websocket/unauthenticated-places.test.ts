import { describe, expect, it } from "vitest";
import { UnauthenticatedPlaces } from "../../gateway/faces/websocket/unauthenticated-places.js";

describe("newcomers", () => {
  it("are admitted while there are places, and leave them", () => {
    const room = new UnauthenticatedPlaces<string>(2);
    expect(room.admit("a", 0)).toEqual({ kind: "admitted" });
    expect(room.admit("b", 0)).toEqual({ kind: "admitted" });
    expect(room.hasRoom(999)).toBe(false);
    expect(room.admit("c", 999)).toEqual({ kind: "full" });
    room.leave("a");
    expect(room.admit("c", 999)).toEqual({ kind: "admitted" });
    expect([...room]).toEqual(["b", "c"]);
  });

  it("displace the oldest that had its second, one each", () => {
    const room = new UnauthenticatedPlaces<string>(2);
    room.admit("a", 0);
    room.admit("b", 500);
    expect(room.hasRoom(1_000)).toBe(true);
    expect(room.admit("c", 1_000)).toEqual({ kind: "admitted", displaced: "a" });
    expect(room.admit("d", 1_000)).toEqual({ kind: "full" });
    expect(room.admit("d", 1_500)).toEqual({ kind: "admitted", displaced: "b" });
    expect(room.count).toBe(2);
  });

  it("that showed life are not the oldest any more", () => {
    const room = new UnauthenticatedPlaces<string>(2);
    room.admit("a", 0);
    room.admit("b", 100);
    room.renew("a", 1_000);
    room.renew("stranger", 1_000);
    expect(room.admit("c", 1_200)).toEqual({ kind: "admitted", displaced: "b" });
    expect(room.count).toBe(2);
  });

  it("of one group have a part of the places, whatever else is free, and others the rest", () => {
    const room = new UnauthenticatedPlaces<string>(4, 2);
    room.admit("a1", 0, "a");
    room.admit("a2", 0, "a");
    expect(room.hasRoomFor("a")).toBe(false);
    expect(room.admit("a3", 5_000, "a")).toEqual({ kind: "full" });
    expect(room.admit("b1", 5_000, "b")).toEqual({ kind: "admitted" });
    room.leave("a1");
    room.leave("a1");
    expect(room.admit("a3", 5_000, "a")).toEqual({ kind: "admitted" });
    expect(room.hasRoomFor("a")).toBe(false);
    expect(room.admit("c1", 5_000, "c")).toEqual({ kind: "admitted" });
    // All places are taken: the oldest leaves, and its group has room again.
    expect(room.admit("c2", 5_000, "c")).toEqual({ kind: "admitted", displaced: "a2" });
    expect(room.hasRoomFor("a")).toBe(true);
  });
});

describe("a place that is kept", () => {
  it("is replaced by nobody, and at most half of the places are", () => {
    const room = new UnauthenticatedPlaces<string>(4);
    for (const [at, name] of ["a", "b", "c", "d"].entries()) room.admit(name, at);
    expect([room.keep("a"), room.keep("b"), room.keep("a"), room.keep("c")]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    for (const name of ["e", "f", "g", "h"]) room.admit(name, 2_000 + name.charCodeAt(0) * 2_000);
    expect([...room].sort()).toEqual(["a", "b", "g", "h"]);
    expect(room.count).toBe(4);
  });

  it("may be replaced again once that ends, and is given back when its connection ends", () => {
    const room = new UnauthenticatedPlaces<string>(2);
    room.admit("a", 0);
    room.keep("a");
    room.admit("b", 1);
    room.endKeeping("a", 2);
    expect(room.admit("c", 2_000)).toEqual({ kind: "admitted", displaced: "b" });
    expect(room.admit("d", 2_000)).toEqual({ kind: "admitted", displaced: "a" });
    room.keep("d");
    room.leave("d");
    room.endKeeping("d", 3_000);
    expect([...room]).toEqual(["c"]);
  });
});
