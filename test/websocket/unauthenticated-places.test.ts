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

describe("a place that is kept while a token is verified", () => {
  it("is replaced by nobody, counts for its group, and at most half of the places are", () => {
    const places = new UnauthenticatedPlaces<string>(3, 2);
    for (const name of ["a", "b", "c"]) places.admit(name, 0, name === "c" ? "other" : "one");
    places.keep("a");
    places.keep("b");
    expect(places.admit("d", 2_000, "other")).toEqual({ kind: "admitted", displaced: "b" });
    expect(places.admit("e", 2_000, "one")).toEqual({ kind: "admitted", displaced: "c" });
    expect(places.hasRoomFor("one")).toBe(false);
    expect([...places].sort()).toEqual(["a", "d", "e"]);
    expect([places.count, places.has("a")]).toEqual([3, true]);
    places.leave("a");
    expect([places.count, places.hasRoomFor("one")]).toEqual([2, true]);
  });

  it("may be replaced again a second after that, and not when its connection has left meanwhile", () => {
    const places = new UnauthenticatedPlaces<string>(2);
    places.admit("a", 0);
    places.keep("a");
    places.endKeeping("a", 5_000);
    places.admit("b", 5_000);
    expect(places.admit("c", 5_999)).toEqual({ kind: "full" });
    expect(places.admit("c", 6_000)).toEqual({ kind: "admitted", displaced: "a" });
    places.keep("b");
    places.leave("b");
    places.endKeeping("b", 6_000);
    expect([...places]).toEqual(["c"]);
  });
});
