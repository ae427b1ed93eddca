import { describe, expect, it } from "vitest";
import { bytesOf } from "../../load-tests/harness/echo.js";
import { resultsIn } from "../../load-tests/harness/lean-client.js";
import { PreparedFrames, placeholderId } from "../../load-tests/harness/prepared-frames.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { msgpackCodec } from "../../protocol/msgpack.js";

const infer = (id: number, first: number): ClientFrame => {
  const data = new Uint8Array(new Float32Array([first, 2]).buffer);
  return { type: "infer", id, model: "m", inputs: { X: { datatype: "FP32", shape: [1, 2], data } } };
};
const encoded = (frame: ClientFrame | GatewayFrame) => Uint8Array.from(bytesOf(msgpackCodec.encode(frame)));
const prepared = () => new PreparedFrames([1, 2, 3, 4].map((first) => encoded(infer(placeholderId, first))));
const read = (message: Uint8Array) => msgpackCodec.decode(Uint8Array.from(message)).map(({ value }) => value);

describe("prepared frames", () => {
  it("are the frames with ids of their own, joined as the codec joins them", () => {
    const frames = prepared();
    expect(read(frames.message(0, 70_000, 3))).toEqual([
      infer(70_000, 1),
      infer(70_001, 2),
      infer(70_002, 3),
    ]);
    expect(read(frames.message(1, 5, 1))).toEqual([infer(5, 2)]);
  });

  it("begin again where so many are not left", () => {
    const frames = prepared();
    expect(read(frames.message(3, 1, 3))).toEqual([infer(1, 2), infer(2, 3), infer(3, 4)]);
  });

  it("are refused without a place for the id, or with different lengths", () => {
    expect(() => new PreparedFrames([encoded(infer(7, 1))])).toThrow("placeholder");
    const longer = encoded({ ...infer(placeholderId, 1), version: "1" } as ClientFrame);
    expect(() => new PreparedFrames([encoded(infer(placeholderId, 1)), longer])).toThrow("one length");
  });
});

describe("counted answers", () => {
  const result = (id: number): GatewayFrame => ({
    ...{ type: "result", id, model: "m", version: "1", outputs: {}, backend: "b", precision: "fp32" },
    timing: { queue_ms: 0.25, compute_ms: 1, batch_size: 2 },
  });
  const message = (...frames: GatewayFrame[]) => Buffer.concat(frames.map(encoded));

  it("are the results of a message", () => {
    expect(resultsIn(message(result(1)))).toBe(1);
    expect(resultsIn(message(...Array.from({ length: 40 }, (_, id) => result(id * 9_000))))).toBe(40);
  });

  it("are not refusals", () => {
    const error: GatewayFrame = {
      ...{ type: "error", id: 1, code: "not_found", message: "no such model" },
      ...{ retryable: false, processed: "no" },
    };
    expect(() => resultsIn(message(error))).toThrow("no such model");
    expect(() => resultsIn(message(result(1), error))).toThrow("no such model");
  });
});
