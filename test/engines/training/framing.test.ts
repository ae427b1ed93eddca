import fc from "fast-check";
import { Packr, Unpackr } from "msgpackr";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader, FramingError } from "../../../engines/training/framing.js";

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

function bytesOf(message: object): Buffer {
  const pieces = encodeFrame(message);
  for (;;) {
    const { done, value } = pieces.next();
    if (done) return Buffer.concat(value);
  }
}

function framed(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** Cuts bytes at any places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

const message = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12 }).filter((key) => key !== "__proto__"),
  fc.oneof(
    fc.integer({ min: -0x8000_0000, max: 0xffff_ffff }),
    fc.double({ noNaN: true }),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.string(), { maxLength: 5 }),
  ),
);

describe("frames on a trainer's pipes", () => {
  it("are read whole from whatever pieces they come in", () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(10_000), { maxLength: 20 }),
        (messages, cuts) => {
          const bytes = Buffer.concat(messages.map((each) => framed(packr.pack(each))));
          const reader = new FrameReader(1_000_000);
          const read = pieces(bytes, cuts).flatMap((piece) => [...reader.take(piece)]);
          expect(read.map((each) => packr.pack(each))).toEqual(
            messages.map((each) => packr.pack(unpackr.unpack(packr.pack(each)))),
          );
          expect(reader.isBetweenFrames).toBe(true);
        },
      ),
    );
  });

  it("are written so that another reader of MessagePack reads them", () => {
    fc.assert(
      fc.property(message, (each) => {
        const bytes = bytesOf(each);
        expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
        expect(packr.pack(unpackr.unpack(bytes.subarray(4)))).toEqual(
          packr.pack(unpackr.unpack(packr.pack(each))),
        );
      }),
    );
  });

  it("hold a tensor without copying it, also one in shared memory", () => {
    for (const buffer of [new ArrayBuffer(100_000), new SharedArrayBuffer(100_000)]) {
      const data = new Uint8Array(buffer);
      const generator = encodeFrame({ type: "fit", inputs: { X: { data } } });
      let step = generator.next();
      while (!step.done) step = generator.next();
      expect(step.value.some((part) => part.buffer === buffer && part.length === 100_000)).toBe(true);
    }
  });

  it("of any bytes end in messages or in an error, and in nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400)), (body, cuts) => {
        const reader = new FrameReader(1_000);
        try {
          for (const piece of pieces(framed(body), cuts))
            for (const value of reader.take(piece)) expect(value).toBeTypeOf("object");
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("that are longer than they may be are refused by their length alone", () => {
    const reader = new FrameReader(1_000);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(1_001);
    expect(() => [...reader.take(head)]).toThrow("1001 bytes, and at most 1000");
  });

  it.each([
    ["is empty", Buffer.alloc(0)],
    ["is no map", packr.pack([1])],
    ["holds two messages", Buffer.concat([packr.pack({ a: 1 }), packr.pack({ b: 2 })])],
    ["is cut off", packr.pack({ type: "ready" }).subarray(0, 5)],
    ["nests without end", Buffer.concat([Buffer.from([0x81, 0xa1, 0x61]), Buffer.alloc(900, 0x91)])],
    // Each array announces 30 million values: memory for them would be taken before the lie is seen.
    ["announces what does not come", Buffer.from([0x81, 0xa1, 0x61, 0xdd, 0x01, 0xc9, 0xc3, 0x80])],
  ])("one that %s is refused", (_, body) => {
    expect(() => [...new FrameReader(1_000).take(framed(body))]).toThrow(FramingError);
  });
});
