/** The text form: one frame on each line. */
import { describe, expect, it } from "vitest";
import { jsonCodec } from "../../protocol/json.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { thrown, utf8 } from "./check.js";

function values(text: string): unknown[] {
  return jsonCodec.decode(utf8(text)).map(({ value }) => value);
}

describe("lines", () => {
  it("are frames, and blank ones are skipped", () => {
    expect(values('{"a":1}')).toEqual([{ a: 1 }]);
    expect(values('\n \t\r\n{"a":1}\r\n\n {"b":2} \n')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it("have their size in bytes, not in characters", () => {
    expect(jsonCodec.decode(utf8('{"a":"€"}\n{}')).map(({ bytes }) => bytes)).toEqual([11, 2]);
    expect(jsonCodec.size('{"a":"€"}')).toBe(11);
  });

  it.each([
    ["a frame over two lines", '{"a":\n1}'],
    ["two frames on a line", '{"a":1}{"b":2}'],
    ["a raw newline in a string", '{"a":"\n"}'],
    ["an escaped raw newline in a string", '{"a":"\\\n"}'],
    ["a string that ends in a backslash", '{"a":"\\'],
    ["a trailing comma", '{"a":1,}'],
    ["NaN as a number", '{"a":NaN}'],
    ["a comment", '{"a":1} // one'],
    ["a good frame and a bad one", '{"a":1}\n{'],
    ["brackets closed before they were opened", "]]]]]]]]{"],
  ])("%s is refused", (_, text) => {
    expect(thrown(() => values(text))).toMatchObject({
      name: "ProtocolError",
      closeCode: 4400,
      message: expect.stringMatching(/^not JSON \(one frame a line\): /),
    });
  });

  it("that hold no map are frames to the codec, and refused by the parser", () => {
    for (const text of ["5", '"hello"', "[]", "null"]) {
      const [value] = values(text);
      expect(thrown(() => parseClientFrame(value, "json"))).toMatchObject({
        message: expect.stringMatching(/^a frame must be a map/),
      });
    }
  });
});

describe("encoding", () => {
  it("writes a tensor's data as a flat array, wherever the tensor stands", () => {
    const data = new Uint8Array(Float32Array.of(1.5, Number.NaN).buffer);
    const X = { datatype: "FP32", shape: [1, 2], data } as const;
    const list = { datatype: "FP32", shape: [1, 2], data: [1.5, "NaN"] };
    const infer = { type: "infer", id: 1, model: "m", inputs: { X } } as const;
    expect(JSON.parse(jsonCodec.encode(infer) as string).inputs).toEqual({ X: list });
    const observe = { type: "observe", stream: "S", ts: 1, values: X } as const;
    expect(JSON.parse(jsonCodec.encode(observe) as string).values).toEqual(list);
  });

  it("writes a tensor of a Buffer like one of a Uint8Array", () => {
    const Y = { datatype: "UINT8", shape: [2], data: Buffer.from([1, 2]) } as const;
    const infer = { type: "infer", id: 1, model: "m", inputs: { Y } } as const;
    expect(JSON.parse(jsonCodec.encode(infer) as string).inputs.Y.data).toEqual([1, 2]);
  });

  it("joins frames by newlines, and no frame holds one", () => {
    const ack = { type: "ack", id: 1, text: "a\nb" } as const;
    const message = jsonCodec.join([jsonCodec.encode(ack), jsonCodec.encode(ack)]) as string;
    expect(message.split("\n")).toHaveLength(2);
    expect(values(message)).toEqual([ack, ack]);
  });
});
