/** What is read by a template is what the general reader reads. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "../../client/typescript/answer-reader.js";
import { MessageCursor, ResultTemplate } from "../../client/typescript/result-template.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Fields } from "../../protocol/fields.js";
import type { GatewayFrame, ResultFrame } from "../../protocol/frames.js";
import { jsonCodec } from "../../protocol/json.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import { joined } from "../../protocol/parts.js";
import { anyGatewayFrame, gatewayFrame } from "../protocol/any-frame.js";
import { check, thrown, utf8, withoutBuffers } from "../protocol/check.js";

function bytesOf(frames: readonly GatewayFrame[]): Uint8Array {
  const message = msgpackCodec.join(frames.map((frame) => msgpackCodec.encode(frame)));
  if (typeof message === "string") throw new TypeError("text");
  return Uint8Array.from(message instanceof Uint8Array ? message : joined(message));
}

/** What the general reader reads. */
const general = (message: Uint8Array) =>
  msgpackCodec.decode(message).flatMap(({ value }) => parseGatewayFrame(value, "binary") ?? []);

function read(reader: AnswerReader, message: Uint8Array | readonly Uint8Array[]): GatewayFrame[] {
  const frames: GatewayFrame[] = [];
  reader.read(message, (frame) => frames.push(frame));
  return frames;
}

const result = (id: number, values: readonly number[], extra: Partial<ResultFrame> = {}): ResultFrame => {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return {
    ...{ type: "result", id, model: "m", version: "1", backend: "onnxruntime-cpu", precision: "fp32" },
    timing: { queue_ms: 0.25, compute_ms: 0, batch_size: 1 },
    outputs: { y: { datatype: "FP32", shape: [1, values.length], data } },
    ...extra,
  };
};

describe("results", () => {
  it("are the same by template as by the general reader: every frame that there is, joined in any order", () => {
    const frames = fc.array(fc.oneof(anyGatewayFrame, gatewayFrame("result")), {
      minLength: 1,
      maxLength: 6,
    });
    check(
      fc.property(frames, (each) => {
        const reader = new AnswerReader(msgpackCodec);
        const message = bytesOf(each);
        for (let times = 0; times < 3; times++)
          expect(withoutBuffers(read(reader, message))).toEqual(withoutBuffers(general(message)));
      }),
      300,
    );
  });

  it("have their own id, times and numbers each, whatever their size on the wire", () => {
    const reader = new AnswerReader(msgpackCodec);
    const times = fc.oneof(fc.nat(70_000), fc.double({ min: 0, max: 1e4, noNaN: true }), fc.constant(0));
    const one = fc.record({
      id: fc.integer({ min: 1, max: 0xffff_ffff }),
      values: fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 20 }),
      timing: fc.record({ queue_ms: times, compute_ms: times, batch_size: fc.integer({ min: 1, max: 300 }) }),
    });
    check(
      fc.property(fc.array(one, { minLength: 1, maxLength: 10 }), (all) => {
        const message = bytesOf(all.map(({ id, values, timing }) => result(id, values, { timing })));
        expect(withoutBuffers(read(reader, message))).toEqual(withoutBuffers(general(message)));
      }),
      300,
    );
  });

  it("that are cut short or changed anywhere are read as the general reader reads them, or refused as it does", () => {
    const known = [result(1, [1, 2]), result(2, [3, 4])];
    const damage = fc.record({ at: fc.nat(400), byte: fc.nat(255), length: fc.nat(600) });
    check(
      fc.property(damage, ({ at, byte, length }) => {
        const reader = new AnswerReader(msgpackCodec);
        read(reader, bytesOf(known));
        const message = bytesOf(known).slice(0, Math.max(1, length));
        message[at % message.length] = byte;
        const outcome = (by: () => GatewayFrame[]) => {
          try {
            return { frames: withoutBuffers(by()) };
          } catch (error) {
            return { refused: error instanceof ProtocolError };
          }
        };
        expect(outcome(() => read(reader, message))).toEqual(outcome(() => general(message)));
      }),
      600,
    );
  });

  it("are read by the general reader when they come in fragments or as text", () => {
    const frames = [result(1, [1]), result(2, [2])];
    const reader = new AnswerReader(msgpackCodec);
    const message = bytesOf(frames);
    read(reader, message);
    const parts = [bytesOf([result(1, [1])]), bytesOf([result(2, [2])])];
    expect(withoutBuffers(read(reader, parts))).toEqual(withoutBuffers(frames));
    expect(withoutBuffers(read(reader, [message]))).toEqual(withoutBuffers(frames));
    const text = utf8(frames.map((frame) => jsonCodec.encode(frame)).join("\n"));
    expect(withoutBuffers(read(new AnswerReader(jsonCodec), text))).toEqual(withoutBuffers(frames));
  });

  it("are handed on in their order around a frame that no template fits, and no more than a message may have", () => {
    const reader = new AnswerReader(msgpackCodec);
    read(reader, bytesOf([result(1, [1])]));
    const mixed = [result(1, [1]), { type: "ack", id: 2 } as GatewayFrame, result(3, [3]), result(4, [4])];
    expect(withoutBuffers(read(reader, bytesOf(mixed)))).toEqual(withoutBuffers(mixed));
    const many = bytesOf(Array.from({ length: 4_097 }, (_, id) => result(id + 1, [id])));
    expect(thrown(() => read(reader, many))).toBeInstanceOf(ProtocolError);
    expect(thrown(() => general(many))).toBeInstanceOf(ProtocolError);
  });

  it("do not share what a caller might change", () => {
    const reader = new AnswerReader(msgpackCodec);
    read(reader, bytesOf([result(1, [1])]));
    const [one, two] = read(reader, bytesOf([result(1, [1]), result(2, [2])])) as ResultFrame[];
    expect(one?.outputs["y"]?.shape).not.toBe(two?.outputs["y"]?.shape);
    expect(one?.outputs["y"]).not.toBe(two?.outputs["y"]);
  });
});

describe("a template", () => {
  it("fits the results of its model in its shape, and no others", () => {
    const frame = result(1, [1, 2]);
    const [{ value } = { value: {} }] = msgpackCodec.decode(bytesOf([frame]));
    const template = ResultTemplate.of(value as Fields, frame);
    const fits = (other: GatewayFrame) => template?.read(new MessageCursor(bytesOf([other]))) !== undefined;
    expect(fits(result(70_000, [5, 6], { timing: { queue_ms: 9, compute_ms: 0.5, batch_size: 200 } }))).toBe(
      true,
    );
    expect(fits(result(1, [1, 2, 3]))).toBe(false);
    expect(fits(result(1, [1, 2], { version: "2" }))).toBe(false);
    expect(fits(result(1, [1, 2], { cached: true }))).toBe(false);
    expect(fits({ type: "ack", id: 1 })).toBe(false);
  });
});
