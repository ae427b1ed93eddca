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
});
