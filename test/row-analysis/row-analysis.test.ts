/**
 * The verdicts on small graphs, each held against ONNX Runtime itself: rows whose graph keeps them apart are answered
 * in company what they are answered alone, and where rows meet some company shows it.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { analyseRows, type RowVerdict } from "../../engines/onnx/row-analysis/row-analysis.js";
import { apart } from "./apart.js";
import { counts, followedNoFurther, unsure } from "./counts.js";
import { type GraphCase, list, node, written } from "./graphs.js";
import { coupled, undecided } from "./together.js";

function verdict({ model, inputs, outputs }: GraphCase): RowVerdict {
  const tensors = Object.entries(inputs).map(([name, dims]) => ({ name, dims }));
  return analyseRows(model, tensors, outputs);
}

describe("rows stay apart:", () => {
  it.each(apart.map((each) => [each.name, each] as const))("%s", async (_, each) => {
    expect(verdict(each)).toEqual({ kind: "independent" });
    expect(await furthest(each)).toBeLessThan(1e-5);
  });
});

/** Those that ONNX Runtime refuses to run for a row alone, or answers at random: there is nothing to hold them against. */
const notRun = [
  "a constant for each row by its place",
  "numbers drawn at random",
  "rows turned into columns",
  "two rows made one",
  "values dropped inside a Scan over the rows",
  "noise in a branch inside a Scan over the rows",
];

describe("rows meet:", () => {
  it.each([...coupled, ...counts, ...unsure].map((each) => [each.name, each] as const))(
    "%s",
    async (name, each) => {
      const found = verdict(each);
      expect(found).toMatchObject({ kind: "coupled", reason: expect.stringMatching(each.reason as RegExp) });
      if (!notRun.includes(name)) expect(await furthest(each)).toBeGreaterThan(1e-3);
    },
  );
});

describe("it cannot be told:", () => {
  it.each([...undecided, ...followedNoFurther].map((each) => [each.name, each] as const))("%s", (_, each) => {
    expect(verdict(each)).toMatchObject({
      kind: "undecided",
      reason: expect.stringMatching(each.reason as RegExp),
    });
  });
});

describe("a graph that doubles itself again and again is read in bounded time and room:", () => {
  const often = Array.from({ length: 60 }, (_, at) => at);
  it("a size squared", () => {
    const squares = often.map((at) => node("Mul", `s${at} s${at}`, `s${at + 1}`));
    const shape = [node("Shape", "X", "all"), node("Slice", "all one two", "s0")];
    const model = written("squares", {
      nodes: [...shape, ...squares, node("Reshape", "X s60", "Y")],
      inputs: { X: [-1] },
      constants: { one: list(1), two: list(2) },
    });
    expect(verdict(model)).toMatchObject({
      kind: "undecided",
      reason: expect.stringContaining("more than 64"),
    });
  });

  it("a row put beside itself", () => {
    const doubled = often.map((at) => node("Concat", `x${at} x${at}`, `x${at + 1}`, { axis: { i: 1 } }));
    const model = written("doubled", {
      nodes: [node("Relu", "X", "x0"), ...doubled, node("ReduceSum", "x60 one", "Y")],
      inputs: { X: [-1] },
      constants: { one: list(1) },
    });
    expect(verdict(model)).toEqual({ kind: "independent" });
  });
});

it("what is no graph is undecided", () => {
  expect(analyseRows(new TextEncoder().encode("no model"), [], [])).toMatchObject({ kind: "undecided" });
});

const rows = 5;

/** The largest difference of a row's answer in company from its answer alone; infinite where there is no answer for each. */
async function furthest({ model, inputs, ids, outputs }: GraphCase): Promise<number> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  const feeds = (from: number, count: number) =>
    Object.fromEntries(
      Object.entries(inputs).map(([name, dims]) => {
        const sizes = dims.map((size) => (size > 0 ? size : 6));
        const width = sizes.reduce((product, size) => product * size, 1);
        const values = Array.from(
          { length: count * width },
          (_, at) => Math.sin((from * width + at) * 7.13 + 1) * 2,
        );
        const shape = [count, ...sizes];
        if (ids === undefined) return [name, new Tensor("float32", Float32Array.from(values), shape)];
        const whole = BigInt64Array.from(values, (value) => BigInt(Math.floor(Math.abs(value) * 100) % ids));
        return [name, new Tensor("int64", whole, shape)];
      }),
    );
  const together = await session.run(feeds(0, rows));
  let most = 0;
  for (let row = 0; row < rows; row++) {
    const alone = await session.run(feeds(row, 1));
    for (const name of outputs) most = Math.max(most, distance(alone[name], together[name], row));
  }
  await session.release();
  return most;
}

function distance(alone: Tensor | undefined, together: Tensor | undefined, row: number): number {
  if (alone === undefined || together === undefined || together.dims[0] !== rows || alone.dims[0] !== 1)
    return Infinity;
  const [a, b] = [alone, together].map(({ data }) => Array.from(data as ArrayLike<number | bigint>, Number));
  const share = (b ?? []).slice(row * (a ?? []).length, (row + 1) * (a ?? []).length);
  return (a ?? []).reduce((most, value, at) => Math.max(most, Math.abs(value - (share[at] ?? Infinity))), 0);
}
