/** Messages in several parts: large tensors are not copied, and the content stays the same. */
import { decode } from "@msgpack/msgpack";
import fc from "fast-check";
import { Unpackr } from "msgpackr";
import { describe, expect, it } from "vitest";
import type { EncodedMessage } from "../../protocol/codec.js";
import type { InferFrame } from "../../protocol/frames.js";
import { jsonCodec } from "../../protocol/json.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { partBytesMin } from "../../protocol/msgpack-writer.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { joined, sizeOf } from "../../protocol/parts.js";
import type { WireTensor } from "../../protocol/tensor.js";
import { anyMaps } from "./any-msgpack.js";
import { check, concatenated } from "./check.js";

function tensor(bytes: number, fill = 7) {
  return { datatype: "UINT8", shape: [bytes], data: new Uint8Array(bytes).fill(fill) } as const;
}

function infer(inputs: InferFrame["inputs"]): InferFrame {
  return { type: "infer", id: 1, model: "m", inputs };
}

function partsOf(encoded: EncodedMessage): readonly Uint8Array[] {
  if (typeof encoded === "string") throw new Error("not binary");
  return encoded instanceof Uint8Array ? [encoded] : encoded;
}

describe("a frame with a large tensor", () => {
  it("has the tensor's own memory as a part, last", () => {
    const X = tensor(partBytesMin);
    const parts = partsOf(msgpackCodec.encode(infer({ X })));
    expect(parts).toHaveLength(2);
    expect(parts[1]).toBe(X.data);
  });

  it("of a byte less is one part", () => {
    expect(partsOf(msgpackCodec.encode(infer({ X: tensor(partBytesMin - 1) })))).toHaveLength(1);
  });

  it("is received in the very memory it came in", () => {
    const X = tensor(partBytesMin);
    const [frame] = msgpackCodec.decode(partsOf(msgpackCodec.encode(infer({ X }))));
    const parsed = parseClientFrame(frame?.value, "binary") as InferFrame;
    const { data } = parsed.inputs["X"] as WireTensor;
    expect((data as Uint8Array).buffer).toBe(X.data.buffer);
  });

  it("is the same bytes as ever to other libraries", () => {
    const frame = infer({ A: tensor(partBytesMin, 1), b: tensor(3, 2), C: tensor(partBytesMin + 5, 3) });
    const whole = joined(partsOf(msgpackCodec.encode(frame)));
    expect(decode(whole)).toEqual(frame);
    expect(normal(new Unpackr({ useRecords: false }).unpack(whole))).toEqual(frame);
  });

  it("is joined with frames before and behind it, in order", () => {
    const frames = [infer({ X: tensor(1) }), infer({ X: tensor(partBytesMin) }), infer({ X: tensor(2) })];
    const message = msgpackCodec.join(frames.map((frame) => msgpackCodec.encode(frame)));
    expect(msgpackCodec.size(message)).toBe(sizeOf(joined(partsOf(message))));
    expect(msgpackCodec.decode(partsOf(message)).map(({ value }) => value)).toEqual(frames);
  });
});

/** msgpackr decodes bytes to Buffers. */
function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, normal(each)]));
}

describe("a message cut anywhere", () => {
  const cut = (message: Uint8Array, at: readonly number[]) => {
    const places = [
      0,
      ...at.map((each) => each % (message.length + 1)).sort((a, b) => a - b),
      message.length,
    ];
    return places.slice(1).map((end, i) => message.subarray(places[i], end));
  };

  it("is read as if it were whole", () => {
    check(
      fc.property(anyMaps, fc.array(fc.nat(), { maxLength: 4 }), (maps, at) => {
        const message = concatenated(maps);
        expect(msgpackCodec.decode(cut(message, at))).toEqual(msgpackCodec.decode(message));
      }),
      500,
    );
  });

  it("is refused as if it were whole", () => {
    const outcome = (read: () => unknown) => {
      try {
        return read();
      } catch (error) {
        return (error as Error).message;
      }
    };
    check(
      fc.property(
        anyMaps,
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.tuple(fc.nat(), fc.nat(255)),
        (maps, at, [place, byte]) => {
          const message = concatenated(maps);
          message[place % message.length] = byte;
          expect(outcome(() => msgpackCodec.decode(cut(message, at)))).toEqual(
            outcome(() => msgpackCodec.decode(message)),
          );
        },
      ),
      500,
    );
  });

  it("is read in its JSON form too", () => {
    const message = new TextEncoder().encode('{"type":"cancel","id":1}\n{"type":"cancel","id":2}');
    expect(jsonCodec.decode(cut(message, [5, 30]))).toEqual(jsonCodec.decode(message));
  });
});

describe("what was encoded", () => {
  it("stays as it was while more is encoded", () => {
    const frames = Array.from({ length: 3_000 }, (_, id) => ({ type: "cancel", id }) as const);
    const encoded = frames.map((frame) => msgpackCodec.encode(frame));
    expect(encoded.map((each) => msgpackCodec.decode(partsOf(each))[0]?.value)).toEqual(frames);
  });

  it("stands side by side, and is joined without a copy", () => {
    const encoded = [1, 2, 3].map((id) => msgpackCodec.encode({ type: "cancel", id }));
    const message = msgpackCodec.join(encoded) as Uint8Array;
    expect(message.buffer).toBe((encoded[0] as Uint8Array).buffer);
    expect(msgpackCodec.decode(message)).toHaveLength(3);
  });

  it("leaves nothing of a frame that could not be", () => {
    expect(() => msgpackCodec.encode({ type: "cancel", id: Symbol("no") } as never)).toThrow(TypeError);
    expect(decode(msgpackCodec.encode({ type: "cancel", id: 4 }) as Uint8Array)).toEqual({
      type: "cancel",
      id: 4,
    });
  });
});
