/** Puts in parts, by what the client sends and how it goes on after an error; nothing is connected. */
import { expect, it } from "vitest";
import { type PartSender, put } from "../../client/typescript/dataset-parts.js";
import type { PutFrame } from "../../protocol/dataset-frames.js";
import { type ErrorCode, HeadgateError } from "../../protocol/errors.js";
import { fromWire, type Tensor } from "../../protocol/tensor.js";

const rows = 1_000;
const X: Tensor = {
  datatype: "FP64",
  shape: [rows, 2],
  data: Float64Array.from({ length: 2 * rows }, (_, i) => i),
};
const y: Tensor = { datatype: "INT16", shape: [rows], data: new Int16Array(rows).fill(7) };

/** A gateway whose messages have 8,000 bytes, so that a part has 4,000. */
function sender(failures: Record<number, ErrorCode> = {}) {
  const frames: (PutFrame & { repeatable: boolean })[] = [];
  const asking: PartSender = {
    encoding: "msgpack",
    messageBytes: 8_000,
    ask: async (frame, repeatable) => {
      const number = frames.length;
      frames.push({ ...frame(number), repeatable });
      const code = failures[number];
      if (code !== undefined) throw new HeadgateError(code, "no");
      return { type: "ack", id: number, rows };
    },
  };
  return { frames, asking };
}

it("the parts have all rows of all columns in order, and only the last is marked", async () => {
  const { frames, asking } = sender();
  expect(await put(asking, { X, y }, { name: "t", ts: 5 })).toMatchObject({ rows });
  expect(frames).toHaveLength(5);
  const values = frames.flatMap(({ columns }) => [...(fromWire(columns["X"] as never).data as Float64Array)]);
  expect(values).toEqual([...(X.data as Float64Array)]);
  for (const [part, frame] of frames.entries()) {
    expect(frame).toMatchObject({ dataset: "t", ts: 5, part, upload: frames[0]?.upload, repeatable: false });
    expect(frame.columns["X"]?.shape[0]).toBe(frame.columns["y"]?.shape[0]);
    expect(frame.last).toBe(part === 4 ? true : undefined);
  }
});

it("what is no larger than a part is one put, which may be repeated", async () => {
  const { frames, asking } = sender();
  await put(asking, { y }, {});
  expect(frames).toMatchObject([{ repeatable: true, columns: { y: { shape: [rows] } } }]);
  expect(frames[0]).not.toHaveProperty("upload");
});

it("columns that cannot be divided are one put, so that the gateway says what is wrong", async () => {
  const { frames, asking } = sender();
  const words: Tensor = { datatype: "BYTES", shape: [1], data: ["a"] };
  await put(asking, { X, words }, {});
  await put(asking, { X, y: { ...y, shape: [rows - 1] } }, {});
  expect(frames.map(({ columns }) => Object.keys(columns))).toEqual([
    ["X", "words"],
    ["X", "y"],
  ]);
});

it("a put whose connection ended begins again under another name, three times at most", async () => {
  const { frames, asking } = sender({ 2: "unavailable", 3: "failed_precondition", 6: "unavailable" });
  await put(asking, { X, y }, {});
  const uploads = [...new Set(frames.map(({ upload }) => upload))];
  expect(uploads).toHaveLength(3);
  const last = frames.filter(({ upload }) => upload === uploads[2]);
  expect(last.map(({ part }) => part)).toEqual([0, 1, 2, 3, 4]);
  const never = sender(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [i, "unavailable"])));
  await expect(put(never.asking, { X, y }, {})).rejects.toMatchObject({ code: "unavailable" });
  expect(new Set(never.frames.map(({ upload }) => upload)).size).toBe(3);
});

it("a put that is refused is not tried again", async () => {
  const { frames, asking } = sender({ 1: "resource_exhausted" });
  await expect(put(asking, { X, y }, {})).rejects.toMatchObject({ code: "resource_exhausted" });
  expect(new Set(frames.map(({ upload }) => upload)).size).toBe(1);
});
