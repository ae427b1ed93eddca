/** A frame that is encoded, decoded and parsed is unchanged: every frame, in both forms. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Codec, EncodedMessage } from "../../protocol/codec.js";
import { codecOf, codecs } from "../../protocol/codecs.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import { joined } from "../../protocol/parts.js";
import {
  anyClientFrame,
  anyGatewayFrame,
  clientFrame,
  clientTypes,
  gatewayFrame,
  gatewayTypes,
} from "./any-frame.js";
import { check, utf8, withoutBuffers } from "./check.js";

function bytesOf(message: EncodedMessage): Uint8Array {
  if (typeof message === "string") return utf8(message);
  return message instanceof Uint8Array ? message : joined(message);
}

function values(codec: Codec, frames: readonly (ClientFrame | GatewayFrame)[]): unknown[] {
  const message = codec.join(frames.map((frame) => codec.encode(frame)));
  return codec.decode(bytesOf(message)).map(({ value }) => value);
}

describe.each(codecs)("$subprotocol", (codec) => {
  it.each(clientTypes)("carries %s", (type) => {
    check(
      fc.property(clientFrame(type), (frame) => {
        const [value] = values(codec, [frame]);
        expect(withoutBuffers(parseClientFrame(value, codec.form))).toEqual(frame);
      }),
      100,
    );
  });

  it.each(gatewayTypes)("carries %s", (type) => {
    check(
      fc.property(gatewayFrame(type), (frame) => {
        const [value] = values(codec, [frame]);
        expect(withoutBuffers(parseGatewayFrame(value, codec.form))).toEqual(frame);
      }),
      100,
    );
  });

  it("carries many frames in one message, in their order", () => {
    check(
      fc.property(fc.array(anyClientFrame, { minLength: 1, maxLength: 12 }), (frames) => {
        const parsed = values(codec, frames).map((value) => parseClientFrame(value, codec.form));
        expect(withoutBuffers(parsed)).toEqual(frames);
      }),
      100,
    );
  });

  it("tells each frame's size in bytes, however it was joined", () => {
    check(
      fc.property(fc.array(anyGatewayFrame, { minLength: 1, maxLength: 6 }), (frames) => {
        const encoded = frames.map((frame) => codec.encode(frame));
        const decoded = codec.decode(bytesOf(codec.join(encoded)));
        expect(decoded.map(({ bytes }) => bytes)).toEqual(encoded.map((each) => codec.size(each)));
        expect(encoded.map((each) => codec.size(each))).toEqual(
          encoded.map((each) => bytesOf(each).byteLength),
        );
      }),
      100,
    );
  });

  it("decodes a message that lies inside a bigger buffer", () => {
    check(
      fc.property(fc.array(anyClientFrame, { minLength: 1, maxLength: 4 }), fc.nat(9), (frames, before) => {
        const message = bytesOf(codec.join(frames.map((frame) => codec.encode(frame))));
        const around = new Uint8Array(message.length + 20).fill(0xc1);
        around.set(message, before);
        const decoded = codec.decode(around.subarray(before, before + message.length));
        expect(decoded.map(({ value }) => parseClientFrame(value, codec.form))).toEqual(frames);
      }),
      100,
    );
  });

  it("leaves out fields that are undefined", () => {
    const [value] = values(codec, [{ type: "ack", id: 1, absent: undefined }]);
    expect(Object.keys(value as object)).toEqual(["type", "id"]);
  });

  it("is found by its subprotocol", () => {
    expect(codecOf(codec.subprotocol)).toBe(codec);
  });
});

it("knows no other subprotocol", () => {
  expect(codecOf("headgate.v2.msgpack")).toBeUndefined();
});
