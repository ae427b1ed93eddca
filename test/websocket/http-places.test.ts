import { describe, expect, it } from "vitest";
import { HttpPlaces } from "../../gateway/faces/websocket/http-places.js";

/** Places that are all taken, by connections that arrived one millisecond after another. */
function full(...names: string[]): HttpPlaces<string> {
  const places = new HttpPlaces<string>(names.length);
  for (const [at, name] of names.entries()) expect(places.admit(name, at)).toEqual({ kind: "admitted" });
  return places;
}

const admitted = (displaced: string) => ({ kind: "admitted", displaced });

describe("the places of connections that are no WebSocket", () => {
  it("go from the longest idle to newcomers, once it had its second", () => {
    const places = full("a", "b");
    expect(places.admit("c", 999)).toEqual({ kind: "full" });
    expect(places.admit("c", 1_000)).toEqual(admitted("a"));
    expect(places.admit("d", 1_000)).toEqual({ kind: "full" });
    places.leave("b");
    expect(places.admit("d", 1_000)).toEqual({ kind: "admitted" });
    expect([...places]).toEqual(["c", "d"]);
    expect(places.count).toBe(2);
  });

  it("go from idle connections first, then from those that wait for their client, the longest first", () => {
    const places = full("a", "b", "c");
    places.begin("b", "exchange", 10);
    places.begin("a", "exchange", 20);
    expect(places.admit("d", 5_000)).toEqual(admitted("c"));
    expect(places.admit("e", 5_000)).toEqual(admitted("b"));
    expect(places.admit("f", 5_000)).toEqual(admitted("a"));
    expect(places.admit("g", 5_000)).toEqual({ kind: "full" });
  });

  it("are kept from those that sent or received something just now", () => {
    const places = full("a", "b", "c");
    places.begin("a", "exchange", 5_000);
    places.begin("b", "exchange", 4_000);
    places.end("b", "exchange", 5_500);
    places.leave("c");
    places.admit("c", 5_600);
    expect(places.admit("d", 5_999)).toEqual({ kind: "full" });
    expect(places.admit("d", 6_000)).toEqual(admitted("a"));
    expect(places.admit("e", 6_500)).toEqual(admitted("b"));
  });

  it("are given up by nobody while the gateway answers", () => {
    const places = full("a", "b");
    for (const name of ["a", "b"]) {
      places.begin(name, "exchange", 10);
      places.begin(name, "answer", 10);
    }
    expect(places.admit("c", 1_000_000)).toEqual({ kind: "full" });
    places.end("a", "answer", 1_000_000);
    expect(places.admit("c", 1_000_999)).toEqual({ kind: "full" });
    expect(places.admit("c", 1_001_000)).toEqual(admitted("a"));
  });

  it("are kept until the last of several requests on one connection is answered", () => {
    const places = full("a");
    for (const use of ["exchange", "answer", "exchange", "answer"] as const) places.begin("a", use, 0);
    places.end("a", "answer", 10);
    places.end("a", "exchange", 10);
    expect(places.uses("a", "exchange")).toBe(1);
    expect(places.admit("b", 5_000)).toEqual({ kind: "full" });
    places.end("a", "answer", 5_000);
    places.end("a", "exchange", 5_000);
    expect(places.admit("b", 6_000)).toEqual(admitted("a"));
  });
});

const refusal = (words: RegExp) =>
  expect.objectContaining({
    code: "resource_exhausted",
    retryAfterMs: 5_000,
    message: expect.stringMatching(words),
  });
const allTaken = refusal(/^answers that go on.* have half of limits\.http_connections already/);
const shareTaken = (held: number, of: number) =>
  refusal(new RegExp(`keep ${held} connections of this tenant already, its share of the ${of} `));

describe("places for streams", () => {
  it("are half of all at most, and are given up by nobody", () => {
    const places = full("a", "b", "c", "d");
    for (const [name, tenant] of [
      ["a", "desk"],
      ["b", "fund"],
      ["a", "desk"],
    ] as const)
      places.beginStream(name, tenant, 4);
    expect(() => places.beginStream("c", "lab", 4)).toThrow(allTaken);
    for (const [i, name] of ["e", "f", "g", "h"].entries()) places.admit(name, 2_000 * (i + 1));
    expect([...places].sort()).toEqual(["a", "b", "g", "h"]);
  });

  it("are given to a tenant while it holds at most three times what is left, and its first always", () => {
    const names = Array.from({ length: 32 }, (_, i) => `${i}`);
    const places = full(...names);
    let next = 0;
    /** Begins streams on one connection after another until one is refused. */
    const fill = (tenant: string): [number, unknown] => {
      for (let count = 0; ; count++)
        try {
          places.beginStream(names[next] ?? "", tenant, 100);
          next++;
        } catch (error) {
          return [count, error];
        }
    };
    expect(fill("desk")).toEqual([12, shareTaken(12, 16)]);
    expect(fill("fund")).toEqual([3, shareTaken(3, 16)]);
    expect(fill("lab")).toEqual([1, allTaken]);
    // What one gives back is not taken by those that have their share, and is there for another.
    places.end("0", "stream", 200);
    expect(fill("desk")).toEqual([0, shareTaken(11, 16)]);
    expect(fill("team")).toEqual([1, allTaken]);
  });

  it("are given back with the last of several streams on one connection", () => {
    const places = full("a", "b");
    places.beginStream("a", "desk", 2);
    places.beginStream("a", "desk", 2);
    places.end("a", "stream", 3);
    expect(() => places.beginStream("b", "desk", 4)).toThrow(allTaken);
    expect(places.admit("c", 5_000)).toEqual(admitted("b"));
    expect(places.admit("d", 6_000)).toEqual(admitted("c"));
    places.end("a", "stream", 6_500);
    places.beginStream("d", "desk", 6_500);
    expect(places.admit("e", 7_500)).toEqual(admitted("a"));
  });

  it("are given back when their connection ends, and one that has ended takes none", () => {
    const places = full("a", "b");
    places.beginStream("a", "desk", 2);
    places.leave("a");
    places.beginStream("a", "desk", 3);
    places.end("a", "stream", 4);
    places.beginStream("b", "desk", 4);
    expect([...places]).toEqual(["b"]);
    expect(places.count).toBe(1);
  });

  it("are counted for the tenant whose stream came first on the connection, until the last has ended", () => {
    const places = full("a", "b", "c", "d", "e", "f", "g", "h");
    places.beginStream("a", "desk", 8);
    places.beginStream("a", "fund", 8);
    places.end("a", "stream", 9);
    for (const name of ["b", "c"]) places.beginStream(name, "desk", 10);
    expect(() => places.beginStream("d", "desk", 10)).toThrow(shareTaken(3, 4));
    places.end("a", "stream", 11);
    places.beginStream("d", "desk", 11);
    expect(() => places.beginStream("e", "desk", 11)).toThrow(shareTaken(3, 4));
  });
});
