/** Compares the codec with `@msgpack/msgpack`, an independent library: each reads what the other writes. */
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClientFrame } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { anyClientFrame, anyGatewayFrame } from "./any-frame.js";
import { anyMaps } from "./any-msgpack.js";
import { check, concatenated, withoutBuffers } from "./check.js";

const key = fc.string({ unit: "grapheme", maxLength: 40 }).filter((each) => each !== "__proto__");
const leaf = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 300 }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    leaf,
    fc.array(tie("any"), { maxLength: 8 }),
    fc.dictionary(key, tie("any"), { maxKeys: 8, noNullPrototype: true }),
  ),
})).any;
const map = fc.dictionary(key, value, { maxKeys: 8, noNullPrototype: true });

/** A library may write 5.0 as an integer and lose the sign of 0; both count as equal here. */
function settled(each: unknown): unknown {
  if (each === 0) return 0;
  if (each instanceof Uint8Array) return Uint8Array.from(each);
  if (Array.isArray(each)) return each.map(settled);
  if (typeof each !== "object" || each === null) return each;
  return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, settled(inner)]));
}

const sizes = (message: Uint8Array) => msgpackCodec.decode(message).map(({ bytes }) => bytes);

describe("what the other library encodes", () => {
  it("is decoded to the same values", () => {
    check(
      fc.property(map, (given) => {
        expect(settled(msgpackCodec.decode(encode(given))[0]?.value)).toEqual(settled(given));
      }),
      200,
    );
  });

  it("as frames, is parsed to the same frames, all in one message", () => {
    check(
      fc.property(fc.array(anyClientFrame, { minLength: 1, maxLength: 8 }), (frames) => {
        const decoded = msgpackCodec.decode(concatenated(frames.map((frame) => encode(frame))));
        const parsed = decoded.map((each) => parseClientFrame(each.value, "binary"));
        expect(withoutBuffers(parsed)).toEqual(frames);
      }),
      200,
    );
  });

  it("ends where it did", () => {
    check(
      fc.property(fc.array(map, { minLength: 1, maxLength: 6 }), (maps) => {
        const parts = maps.map((each) => encode(each));
        expect(sizes(concatenated(parts))).toEqual(parts.map((part) => part.length));
      }),
      200,
    );
  });
});

describe("what our codec encodes", () => {
  it("is decoded by the other library to the same values", () => {
    check(
      fc.property(fc.oneof(anyClientFrame, anyGatewayFrame), (frame) => {
        expect(settled(decode(msgpackCodec.encode(frame) as Uint8Array))).toEqual(settled(frame));
      }),
      400,
    );
  });

  it("is decoded so for any map", () => {
    check(
      fc.property(map, (given) => {
        const encoded = msgpackCodec.encode(given as unknown as ClientFrame) as Uint8Array;
        expect(settled(decode(encoded))).toEqual(settled(given));
      }),
      200,
    );
  });
});

describe("on bytes that neither wrote", () => {
  // Without these limits the other library would allocate as much as an array announces.
  const bounded = { maxArrayLength: 1_000, maxMapLength: 1_000, maxStrLength: 1_000, maxBinLength: 1_000 };

  function otherAccepts(message: Uint8Array): boolean {
    try {
      decode(message, bounded);
      return true;
    } catch {
      return false;
    }
  }

  it("both agree what is a well-formed frame, and where it ends", () => {
    const seen = { passed: 0, refused: 0 };
    check(
      fc.property(anyMaps, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }), (parts, changes) => {
        const message = concatenated(parts);
        for (const [at, byte] of changes) message[at % message.length] = byte;
        let lengths: number[];
        try {
          lengths = sizes(message);
        } catch (error) {
          seen.refused++;
          // Limits that only our reader has are left out; every other refusal must be shared by the other library.
          const { message: reason } = error as Error;
          if (/cut short|more values than follow/.test(reason) && parts.length === 1)
            expect(otherAccepts(message)).toBe(false);
          return;
        }
        seen.passed++;
        let start = 0;
        for (const length of lengths) {
          expect(otherAccepts(message.subarray(start, start + length)) || hasProto(message)).toBe(true);
          start += length;
        }
      }),
      1_000,
    );
    expect(Math.min(seen.passed, seen.refused)).toBeGreaterThan(100); // both outcomes occurred
  });

  function hasProto(message: Uint8Array): boolean {
    return Buffer.from(message).includes("__proto__");
  }
});
