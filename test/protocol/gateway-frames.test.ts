/** How the client validates gateway frames: it ignores unknown frames and fields, and checks those that it uses. */
import { describe, expect, it } from "vitest";
import { HeadgateError, ProtocolError } from "../../protocol/errors.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import { thrown } from "./check.js";

const Y = { datatype: "FP32", shape: [1], data: new Uint8Array(4) };

const whole: Readonly<Record<string, Record<string, unknown>>> = {
  welcome: { connection: "c", epoch: "e", ping_ms: 1, pong_ms: 1, credits: 1 },
  result: { id: 1, model: "m", version: "1", outputs: { Y }, timing: {} },
  ack: { id: 1 },
  error: { code: "internal", message: "m", retryable: false, processed: "no" },
  snapshot: { topic: "t", epoch: "e", offset: 0, position: 0, recovered: false },
  event: { topic: "t", epoch: "e", offset: 1, position: 1, data: {} },
  drain: { deadline_ms: 1, retry_min_ms: 1, retry_max_ms: 1 },
};

function parse(value: unknown) {
  return parseGatewayFrame(value, "binary");
}

describe.each(Object.entries(whole))("%s", (type, fields) => {
  it("passes with what a client relies on, and keeps fields it does not know", () => {
    expect(parse({ type, ...fields, newer: 5 })).toEqual({ type, ...fields, newer: 5 });
  });

  it.each(Object.keys(fields))("is refused without %s, and with another kind of value there", (field) => {
    for (const value of [undefined, null, [1], { nested: [] }, "text", 5, true]) {
      if (kind(value) === kind(fields[field])) continue;
      expect(thrown(() => parse({ type, ...fields, [field]: value }))).toMatchObject({
        name: "ProtocolError",
        message: expect.stringContaining(`${type}.${field}`),
      });
    }
  });
});

function kind(value: unknown): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

describe("the answers about trainings", () => {
  it("have the tensors of the JSON form as bytes, in a result and in an ack", () => {
    const coef = { datatype: "FP64", shape: [2], data: [0.5, -1] };
    const packed = { ...coef, data: new Uint8Array(Float64Array.of(0.5, -1).buffer) };
    const training = { job: "j1", fit_ms: 1, convert_ms: null, libraries: { python: "3.11.2" } };
    const result = { type: "result", ...whole["result"], outputs: { coef }, training };
    expect(parseGatewayFrame(result, "json")).toEqual({ ...result, outputs: { coef: packed } });
    const ack = { type: "ack", id: 1, job: "j1", state: { kind: "job_state" }, outputs: { coef } };
    expect(parseGatewayFrame(ack, "json")).toEqual({ ...ack, outputs: { coef: packed } });
  });

  it("have the bytes of a model in both forms", () => {
    const part = { from: 0, total: 3, sha256: "ab", bytes: Uint8Array.of(1, 2, 3) };
    const ack = { type: "ack", id: 1, job: "j1", onnx: part };
    expect(parseGatewayFrame(ack, "binary")).toEqual(ack);
    expect(parseGatewayFrame({ ...ack, onnx: { ...part, bytes: "AQID" } }, "json")).toEqual(ack);
    const error = thrown(() => parseGatewayFrame({ ...ack, onnx: { ...part, bytes: "AQI" } }, "json"));
    expect(error).toMatchObject({
      name: "ProtocolError",
      message: expect.stringMatching(/^ack\.onnx\.bytes: must be base64/),
    });
  });
});

describe("what a client does not know", () => {
  it.each(["rumour", "infer", "constructor", "__proto__", 5, undefined])("type %s is ignored", (type) => {
    expect(parse({ type, id: 1 })).toBeUndefined();
  });

  it("an error code is internal", () => {
    expect(parse({ type: "error", ...whole["error"], code: "data_loss" })).toMatchObject({
      code: "internal",
    });
  });
});

describe("what is no frame", () => {
  it.each([[null], [5], ["text"], [[]], [new Uint8Array(2)]])("%s is refused", (value) => {
    expect(thrown(() => parse(value))).toBeInstanceOf(ProtocolError);
  });

  it("a broken tensor in a result breaks the protocol, and is no error of a request", () => {
    const outputs = { Y: { ...Y, data: new Uint8Array(3) } };
    const error = thrown(() => parse({ type: "result", ...whole["result"], outputs }));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).not.toBeInstanceOf(HeadgateError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^result\.outputs\.Y\.data: /) });
  });

  it("a broken tensor in the answer about a job does so too", () => {
    const outputs = { coef: { ...Y, shape: [2] } };
    const error = thrown(() => parse({ type: "ack", id: 1, job: "j1", outputs }));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^ack\.outputs\.coef\.data: /) });
  });

  it.each([[5], [null], [["j1"]], [{}], [{ job: 5 }]])(
    "a result's training %j without the job's name",
    (training) => {
      const error = thrown(() => parse({ type: "result", ...whole["result"], training }));
      expect(error).toMatchObject({
        name: "ProtocolError",
        message: expect.stringMatching(/^result\.training must be/),
      });
    },
  );
});
