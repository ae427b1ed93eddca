/**
 * A frame that is written in pieces equals the frame written at once, and the text of a client's message is limited.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codecs } from "../../protocol/codecs.js";
import type { GatewayFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { isLong } from "../../protocol/long-frame.js";
import { joined } from "../../protocol/parts.js";
import { toWire } from "../../protocol/tensor.js";
import { anyClientFrame, anyGatewayFrame } from "./any-frame.js";
import { check, utf8 } from "./check.js";

const [msgpack, json] = codecs as readonly [(typeof codecs)[0], (typeof codecs)[0]];

function inPieces(codec: typeof msgpack, frame: GatewayFrame, bytesMax = Infinity) {
  const writing = codec.encodeInPieces(frame, bytesMax);
  for (let pieces = 1; ; pieces++) {
    const { done, value } = writing.next();
    if (done === true) return { parts: value, pieces };
  }
}

function result(datatype: "FP64" | "BYTES", count: number): GatewayFrame {
  const tensor =
    datatype === "FP64"
      ? toWire({ datatype, shape: [count], data: Float64Array.from({ length: count }, (_, i) => i / 3) })
      : { datatype, shape: [count], data: Array.from({ length: count }, (_, i) => `ü"${i}`) };
  return {
    type: "result",
    id: 1,
    model: "m",
    version: "1",
    backend: "cpu",
    precision: "FP64",
    timing: { queue_ms: 0, compute_ms: 1, batch_size: 1 },
    outputs: { Y: tensor },
  };
}

describe.each(codecs)("in pieces, $subprotocol", (codec) => {
  it("reads as the same frame, whichever it is", () => {
    check(
      fc.property(anyGatewayFrame, (frame) => {
        const encoded = codec.encode(frame);
        const whole = codec.join([encoded]);
        const bytes = typeof whole === "string" ? utf8(whole) : whole;
        const read = codec.decode(joined(inPieces(codec, frame).parts))[0]?.value;
        expect(read).toEqual(codec.decode(bytes)[0]?.value);
      }),
      300,
    );
  });

  it("takes as many as it has elements to write one by one, joined with others in its order", () => {
    const frame = result("BYTES", 20_000);
    const { parts, pieces } = inPieces(codec, frame);
    expect(pieces).toBeGreaterThan(9);
    const other = codec.encode({ type: "ack", id: 2 });
    const message = codec.join([other, parts, other]);
    if (typeof message === "string") throw new Error("no parts");
    const read = codec.decode(message).map(({ value }) => (value as { id: number }).id);
    expect(read).toEqual([2, 1, 2]);
  });

  it("stops beyond what is wanted", () => {
    const { parts, pieces } = inPieces(codec, result("BYTES", 300_000), 1_000);
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBeGreaterThan(1_000);
    expect(pieces).toBeLessThan(50);
  });
});

it("a frame is long for what is written one by one: numbers in JSON, strings in both", () => {
  expect(isLong(result("FP64", 5_000), "json")).toBe(true);
  expect(isLong(result("FP64", 5_000), "binary")).toBe(false);
  expect(isLong(result("BYTES", 5_000), "binary")).toBe(true);
  expect(isLong(result("BYTES", 4_000), "json")).toBe(false);
});

describe("text of a client", () => {
  const bounds = { bytesMax: limits.text_bytes_max, valuesMax: limits.text_values_max };
  const bytes = (value: object) => {
    const message = msgpack.join([msgpack.encode(value as GatewayFrame)]);
    return typeof message === "string" ? utf8(message) : message;
  };

  it("of JSON is bounded in bytes and in values", () => {
    const blank = (size: number) => utf8(`{"a":1}${" ".repeat(size - 7)}`);
    expect(json.decode(blank(bounds.bytesMax), bounds)).toHaveLength(1);
    expect(() => json.decode(blank(bounds.bytesMax + 1), bounds)).toThrow(
      "8388609 bytes of JSON in a message, at most 8388608: send it in the binary form",
    );
    // The map, its colon, the array and each comma.
    const zeros = (count: number) => utf8(`{"a":[${"0,".repeat(count)}0]}`);
    expect(json.decode(zeros(bounds.valuesMax - 3), bounds)).toHaveLength(1);
    expect(() => json.decode(zeros(bounds.valuesMax - 2), bounds)).toThrow("more than 163840 values");
  });

  it("of the binary form is bounded in strings and their bytes; numbers and bytes are not text", () => {
    const few = (count: number) => bytes({ a: Array(count).fill("x") });
    expect(msgpack.decode(few(bounds.valuesMax - 1), bounds)).toHaveLength(1);
    expect(() => msgpack.decode(few(bounds.valuesMax), bounds)).toThrow(
      "more than 163840 strings in a message",
    );
    const long = (size: number) => bytes({ a: "é".repeat(size / 2) });
    expect(msgpack.decode(long(bounds.bytesMax - 2), bounds)).toHaveLength(1);
    expect(() => msgpack.decode(long(bounds.bytesMax), bounds)).toThrow(
      "more than 8388608 bytes of strings in a message",
    );
    expect(
      msgpack.decode(bytes({ a: Array(1_000_000).fill(1.5), b: new Uint8Array(9e6) }), bounds),
    ).toHaveLength(1);
  });

  it.each(codecs)("is counted by its writer as by its reader, $subprotocol", (codec) => {
    check(
      fc.property(anyClientFrame, (frame) => {
        const encoded = codec.encode(frame);
        const message = typeof encoded === "string" ? utf8(encoded) : encoded;
        const { bytes, values } = codec.textSize(frame, encoded);
        expect(codec.decode(message, { bytesMax: bytes, valuesMax: values })).toHaveLength(1);
        expect(() => codec.decode(message, { bytesMax: bytes - 1, valuesMax: values })).toThrow();
        expect(() => codec.decode(message, { bytesMax: bytes, valuesMax: values - 1 })).toThrow();
      }),
      300,
    );
  });

  it("is not bounded for who reads what it asked for", () => {
    expect(msgpack.decode(bytes({ a: Array(bounds.valuesMax).fill("x") }))).toHaveLength(1);
  });
});
