/**
 * Whatever bytes arrive, decoding and parsing throw only their own errors and use little time and memory. The bounds
 * leave room for a busy machine: they detect work that grows with an announced length, or faster than the message.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Codec } from "../../protocol/codec.js";
import { codecs } from "../../protocol/codecs.js";
import { ProtocolError } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { parseClientFrame, RequestError } from "../../protocol/parse-client-frame.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import { joined } from "../../protocol/parts.js";
import { anyClientFrame } from "./any-frame.js";
import { announced, anyMaps } from "./any-msgpack.js";
import { check, concatenated, hex, thrown, utf8 } from "./check.js";

const mebi = 1024 * 1024;
const good = { type: "infer", id: 7, model: "m", inputs: {} } as const;

/** All that a socket does with a message; what it throws must be one of its own errors. */
function receive(codec: Codec, message: Uint8Array): "frames" | "refused" {
  let values: readonly unknown[];
  try {
    values = codec.decode(message).map(({ value }) => value);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return "refused";
  }
  for (const value of values) {
    expectOwnError(() => parseClientFrame(value, codec.form), ProtocolError, RequestError);
    expectOwnError(() => parseGatewayFrame(value, codec.form), ProtocolError);
  }
  return "frames";
}

function expectOwnError(parse: () => unknown, ...own: (new (...args: never[]) => Error)[]): void {
  try {
    parse();
  } catch (error) {
    expect(own.some((each) => error instanceof each) ? undefined : error).toBeUndefined();
  }
}

function bytesOf(codec: Codec, ...frames: Parameters<Codec["encode"]>[0][]): Uint8Array {
  const message = codec.join(frames.map((frame) => codec.encode(frame)));
  if (typeof message === "string") return utf8(message);
  return message instanceof Uint8Array ? Uint8Array.from(message) : joined(message);
}

function refusal(message: Uint8Array, codec: Codec = msgpackCodec): string {
  const error = thrown(() => codec.decode(message));
  expect(error).toBeInstanceOf(ProtocolError);
  return (error as ProtocolError).message;
}

/** Runs a call and answers by how many bytes the heap had grown at its end. */
function heapTaken(call: () => unknown): number {
  const heap = process.memoryUsage().heapUsed;
  call();
  return process.memoryUsage().heapUsed - heap;
}

/** Frame `{a: value}`. */
function frameWith(value: Uint8Array): Uint8Array {
  return concatenated([hex("81 a161"), value]);
}

describe.each(codecs)("$subprotocol", (codec) => {
  it("random bytes are refused, and the next message is read as ever", () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        receive(codec, bytes);
        expect(codec.decode(bytesOf(codec, good))[0]?.value).toEqual(good);
      }),
      500,
    );
  });

  it("a good message with some bytes changed is refused or read, and nothing else", () => {
    const outcomes = { frames: 0, refused: 0 };
    check(
      fc.property(
        fc.array(anyClientFrame, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (frames, changes, asBuffer) => {
          const message = bytesOf(codec, ...frames);
          for (const [at, byte] of changes) message[at % message.length] = byte;
          outcomes[receive(codec, asBuffer ? Buffer.from(message) : message)]++;
        },
      ),
      1_000,
    );
    expect(Math.min(outcomes.frames, outcomes.refused)).toBeGreaterThan(25); // both outcomes occurred
  });

  it("a frame cut short at any byte is refused", () => {
    check(
      fc.property(anyClientFrame, (frame) => {
        const whole = bytesOf(codec, frame);
        for (let length = 0; length < whole.length; length++) refusal(whole.subarray(0, length), codec);
      }),
      30,
    );
  });

  it("a message cut short is refused, unless at a frame's end", () => {
    const whole = bytesOf(codec, good, { type: "cancel", id: 7 }, good);
    const ends = new Set<number>();
    for (let length = 0; length <= whole.length; length++)
      if (receive(codec, whole.subarray(0, length)) === "frames") ends.add(length);
    expect(ends.size).toBe(codec.form === "binary" ? 3 : 5); // a line may end with its newline, or without
    expect(ends).toContain(whole.length);
  });

  it("an empty message is refused", () => {
    expect(refusal(new Uint8Array(0), codec)).toBe("an empty message");
  });

  it("more frames than a message may hold are refused, and as many are not", () => {
    const cancel = { type: "cancel", id: 7 } as const;
    const most = Array.from({ length: limits.message_frames_max }, () => cancel);
    expect(codec.decode(bytesOf(codec, ...most))).toHaveLength(limits.message_frames_max);
    expect(refusal(bytesOf(codec, ...most, cancel), codec)).toMatch(/more than 4096 frames/);
  });

  it("10,000 tiny frames are refused at once", () => {
    const tiny = codec.form === "binary" ? new Uint8Array(10_000).fill(0x80) : utf8("{}\n".repeat(10_000));
    const heap = heapTaken(() => expect(refusal(tiny, codec)).toMatch(/more than 4096 frames/));
    expect(heap).toBeLessThan(16 * mebi);
  });
});

describe("nesting", () => {
  const nested = (depth: number) =>
    frameWith(concatenated([new Uint8Array(depth - 1).fill(0x91), hex("c0")]));
  const lines = (depth: number) => utf8(`{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`);

  it.each(codecs)("of 8 passes, of 9 does not, in $subprotocol", (codec) => {
    const message = codec.form === "binary" ? nested : lines;
    expect(codec.decode(message(8))).toHaveLength(1);
    expect(refusal(message(9), codec)).toBe("nested deeper than 8");
  });

  it("of maps counts like that of arrays", () => {
    const maps = (depth: number) => concatenated([...Array(depth - 1).fill(hex("81 a161")), hex("80")]);
    expect(msgpackCodec.decode(maps(8))).toHaveLength(1);
    expect(refusal(maps(9))).toBe("nested deeper than 8");
  });

  it("does not add up from one sibling to the next", () => {
    const siblings = concatenated([Uint8Array.of(0x9f), ...Array(15).fill(hex("91 91 91 91 91 91 c0"))]);
    expect(msgpackCodec.decode(frameWith(siblings))).toHaveLength(1);
  });

  it.each(codecs)("of a million is refused at once, in $subprotocol", (codec) => {
    const deep = codec.form === "binary" ? nested(mebi) : lines(mebi);
    expect(refusal(deep, codec)).toBe("nested deeper than 8");
  });

  it("is not counted inside of JSON strings, whatever is escaped there", () => {
    const text = String.raw`{"a":"[[[[[[[[[[\"{{{{{{{{{{\\","b":"]\\\"}"}`;
    expect(codecs[1]?.decode(utf8(text))[0]?.value).toEqual(JSON.parse(text));
  });
});

describe("announced lengths", () => {
  const most = 0xffff_ffff;
  const rows: readonly [string, Uint8Array][] = [
    ["array 32", frameWith(announced(0xdd, 4, most, new Uint8Array(100)))],
    ["map 32", frameWith(announced(0xdf, 4, most, new Uint8Array(100)))],
    ["str 32", frameWith(announced(0xdb, 4, most, new Uint8Array(100)))],
    ["bin 32", frameWith(announced(0xc6, 4, most, new Uint8Array(100)))],
    ["array 16", frameWith(announced(0xdc, 2, 0xffff, new Uint8Array(100)))],
    ["map 16", frameWith(announced(0xde, 2, 0xffff, new Uint8Array(100)))],
    ["str 16", frameWith(announced(0xda, 2, 0xffff, new Uint8Array(100)))],
    ["bin 8", frameWith(announced(0xc4, 1, 0xff, new Uint8Array(100)))],
    ["a frame as map 32", announced(0xdf, 4, most, new Uint8Array(100))],
    ["a key as str 32", concatenated([hex("81"), announced(0xdb, 4, most, new Uint8Array(9))])],
    ["map 32 of 2^31, whose two halves are 2^32", frameWith(announced(0xdf, 4, 2 ** 31, new Uint8Array(99)))],
  ];

  it.each(rows)("%s beyond what follows is refused at once", (name, message) => {
    const reason = /array|map/.test(name) ? /announces more values than follow/ : /cut short/;
    const heap = heapTaken(() => expect(refusal(message)).toMatch(reason));
    expect(heap).toBeLessThan(8 * mebi);
  });

  it("arrays that each announce all that follows take no more than one of them", () => {
    // 200 arrays side by side, each announcing 100,000 elements: 160 MB if memory were allocated for them.
    const liar = announced(0xdd, 4, 100_000, new Uint8Array(0));
    const message = frameWith(
      concatenated([announced(0xdc, 2, 200, new Uint8Array(0)), ...Array(200).fill(liar)]),
    );
    const padded = concatenated([message, new Uint8Array(100_000)]);
    const heap = heapTaken(() => refusal(padded));
    expect(heap).toBeLessThan(32 * mebi);
  });
});

describe("many values", () => {
  const flood = (value: number, count: number) =>
    frameWith(announced(0xdd, 4, count, new Uint8Array(count).fill(value)));

  it("beyond the limit are refused before they are decoded", () => {
    for (const value of [0xc0, 0x80, 0x90, 0xa0]) {
      const message = flood(value, 16 * mebi);
      const heap = heapTaken(() => expect(refusal(message)).toMatch(/more than 1048576 values/));
      expect(heap).toBeLessThan(32 * mebi);
    }
  });

  it("at the limit are decoded: the frame, its key and its array count too", () => {
    expect(msgpackCodec.decode(flood(0xc0, limits.message_values_max - 3))).toHaveLength(1);
    expect(refusal(flood(0xc0, limits.message_values_max - 2))).toMatch(/values/);
  });

  it("are counted over the whole message", () => {
    const half = flood(0xc0, limits.message_values_max / 2);
    expect(msgpackCodec.decode(half)).toHaveLength(1);
    expect(refusal(Uint8Array.from(Buffer.concat([half, half])))).toMatch(/values/);
  });

  it.each([
    ["0,", 2 * mebi],
    ["[],", mebi],
    ['"",', 2 * mebi],
    ["{},", mebi],
    ['{"b":0},', 0.4 * mebi],
  ])("of JSON, as %s, are refused before they are parsed", (each, count) => {
    const message = utf8(`{"a":[${each.repeat(count)}0]}`);
    const heap = heapTaken(() => expect(refusal(message, codecs[1])).toMatch(/more than 1048576 values/));
    expect(heap).toBeLessThan(32 * mebi);
  });

  it("8 Mi blank lines of JSON are no frames, and cost no memory", () => {
    const message = new Uint8Array(8 * mebi).fill(0x0a);
    const heap = heapTaken(() => expect(refusal(message, codecs[1])).toBe("an empty message"));
    expect(heap).toBeLessThan(32 * mebi);
  });
});

describe("types that have no place in a frame", () => {
  it.each([0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8])("lead byte %i", (lead) => {
    const value = concatenated([Uint8Array.of(lead), hex("01 00 00 00 01 00 00 00"), new Uint8Array(30)]);
    expect(refusal(frameWith(value))).toBe(
      `byte 0x${lead.toString(16)} (an extension or reserved) has no place in a frame`,
    );
  });

  it("a record definition, which msgpackr would carry out, and a timestamp", () => {
    expect(refusal(frameWith(hex("d4 72 40 91 a161 01")))).toMatch(/extension/);
    expect(refusal(frameWith(hex("d6 ff 00000000")))).toMatch(/extension/);
  });
});

describe("keys", () => {
  it.each([
    ["a fixint", "01"],
    ["a negative fixint", "ff"],
    ["nil", "c0"],
    ["true", "c3"],
    ["a uint 64", "cf 0000000000000005"],
    ["a float 64", "cb 3ff8000000000000"],
    ["a bin", "c4 01 61"],
    ["an array", "91 a161"],
    ["a map", "80"],
    ["a map with a toString", "81 a8 746f537472696e67 a161"],
  ])("%s is refused, in a frame and in a map within", (_, key) => {
    expect(refusal(hex(`81 ${key} c0`))).toMatch(/^a map's key must be a string, byte 1 /);
    expect(refusal(hex(`82 a161 c0 a162 82 a161 c0 ${key} c0`))).toMatch(/^a map's key must be a string/);
    expect(refusal(hex(`81 a161 92 01 81 ${key} c0`))).toMatch(/^a map's key must be a string/);
  });

  it.each(["a1 61", "d9 01 61", "da 0001 61", "db 00000001 61"])("%s is a string", (key) => {
    expect(msgpackCodec.decode(hex(`81 ${key} 05`))[0]?.value).toEqual({ a: 5 });
  });

  it.each(["a95f5f70726f746f5f5f", "d9095f5f70726f746f5f5f", "da00095f5f70726f746f5f5f"])(
    "__proto__ as %s changes no prototype",
    (key) => {
      const value = msgpackCodec.decode(hex(`82 a474797065 a56865 6c6c6f ${key} 81 a5746f6b656e a165`))[0]
        ?.value;
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(parseClientFrame(value, "binary")).toEqual({ type: "hello" });
      expect("token" in {}).toBe(false);
    },
  );

  it("constructor is a key like any other", () => {
    const [frame] = msgpackCodec.decode(hex("81 ab636f6e7374727563746f72 81 a970726f746f74797065 80"));
    expect(frame?.value).toEqual({ constructor: { prototype: {} } });
    expect({}.constructor).toBe(Object);
  });
});

describe("integers of 64 bits", () => {
  const cancel = (id: string) => hex(`82 a474797065 a663616e63656c a26964 ${id}`);

  it.each([
    ["cf 0000000000000005", 5],
    ["d3 0000000000000005", 5],
    ["cf 00000000ffffffff", 0xffff_ffff],
    ["cb 4014000000000000", 5],
    ["ca 40a00000", 5],
  ])("%s is an id", (bytes, id) => {
    const value = msgpackCodec.decode(cancel(bytes))[0]?.value;
    expect(parseClientFrame(value, "binary")).toEqual({ type: "cancel", id });
  });

  it.each([
    "cf 0000000100000000",
    "cf 0020000000000001",
    "cf ffffffffffffffff",
    "d3 ffffffffffffffff",
    "cb 4016000000000000",
  ])("%s is none", (bytes) => {
    const value = msgpackCodec.decode(cancel(bytes))[0]?.value;
    expect(thrown(() => parseClientFrame(value, "binary"))).toMatchObject({
      name: "ProtocolError",
      message: expect.stringMatching(/^cancel\.id must be an unsigned 32-bit integer/),
    });
  });

  it("a time in ms may be a uint 64, as Python writes it", () => {
    const body =
      "86 a474797065 a76f627365727665 a26964 01 a673747265616d a353 5058 a27473 cf 0000018bcfe56800";
    const values =
      "a676616c756573 83 a86461746174797065 a446503634 a5736861 7065 91 01 a464617461 c408 000000000000f03f";
    const message = hex(`85${body.slice(2)} ${values}`);
    const value = msgpackCodec.decode(message)[0]?.value;
    expect(parseClientFrame(value, "binary")).toMatchObject({ type: "observe", ts: 1_700_000_000_000 });
  });
});

describe("text that is not UTF-8", () => {
  it("becomes U+FFFD in the binary form", () => {
    expect(msgpackCodec.decode(hex("81 a161 a2 ff41"))[0]?.value).toEqual({ a: "\ufffdA" });
  });

  it("is refused in the JSON form", () => {
    expect(refusal(concatenated([utf8('{"a":"'), hex("ff"), utf8('"}')]), codecs[1])).toBe("not UTF-8");
  });
});

describe("the reader", () => {
  it("finds the ends of well-formed maps in any format", () => {
    check(
      fc.property(anyMaps, (parts) => {
        const message = concatenated(parts);
        expect(msgpackCodec.decode(message).map(({ bytes }) => bytes)).toEqual(
          parts.map((part) => part.length),
        );
      }),
      300,
    );
  });

  it("passes a message of 32 MiB in one tensor at once", () => {
    const message = frameWith(announced(0xc6, 4, 32 * mebi, new Uint8Array(0)));
    const whole = Buffer.concat([message, Buffer.alloc(32 * mebi)]);
    const heap = heapTaken(() => expect(msgpackCodec.decode(whole)).toHaveLength(1));
    expect(heap).toBeLessThan(8 * mebi);
  });
});
