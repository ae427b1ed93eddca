/** What a stranger's graph counts, announces and asks for, found without ONNX Runtime; and files that lie. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { inspectGraph } from "../../engines/onnx/inspection/graph-inspection.js";
import { type ModelLimits, modelLimits } from "../../engines/onnx/inspection/model-limits.js";
import { field, type Graph, message, type Node, onnxFile } from "../support/onnx.js";

const folder = mkdtempSync(join(tmpdir(), "headgate-inspection-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inspect(bytes: Uint8Array, limits: Partial<ModelLimits> = {}) {
  const path = join(folder, "model.onnx");
  writeFileSync(path, bytes);
  return inspectGraph(path, { ...modelLimits, ...limits });
}

const X = { name: "X", type: 1, shape: ["batch", 2] };
const Y = { name: "Y", type: 1, shape: ["batch", 2] };
const relu: Node = { op: "Relu", inputs: ["X"], outputs: ["Y"] };
const graphWith = (nodes: readonly Node[], more: Partial<Graph> = {}): Graph => ({
  inputs: [X],
  outputs: [Y],
  nodes,
  ...more,
});
/** If nodes, each inside the one before. */
const nested = (depth: number): Graph =>
  depth === 0
    ? graphWith([relu])
    : graphWith([
        { op: "If", inputs: ["c"], outputs: ["Y"], attributes: { then_branch: { g: nested(depth - 1) } } },
      ]);

describe("what a graph is made of", () => {
  it("is counted, with inner graphs, functions and constants", () => {
    const found = inspect(
      onnxFile(
        graphWith(
          [
            relu,
            { op: "Twice", domain: "own", inputs: ["X"], outputs: ["Y"] },
            { op: "Scaler", domain: "ai.onnx.ml", inputs: ["X"], outputs: ["Y"] },
            {
              op: "If",
              inputs: ["c"],
              outputs: ["Y"],
              attributes: { then_branch: { g: graphWith([relu]) } },
            },
          ],
          { constants: { W: { shape: [2, 3], floats: [1, 2, 3, 4, 5, 6] }, n: { integers: [1, 2] } } },
        ),
        {
          opset: 17,
          domains: { "ai.onnx.ml": 3, own: 1 },
          functions: [
            {
              domain: "own",
              name: "Twice",
              inputs: ["a"],
              outputs: ["b"],
              nodes: [
                { op: "Add", inputs: ["a", "a"], outputs: ["c"] },
                { op: "Relu", inputs: ["c"], outputs: ["b"] },
              ],
            },
          ],
        },
      ),
    );
    expect(found).toMatchObject({
      irVersion: 8,
      nodes: 7, // four, one in the branch, two in the function
      initializers: 2,
      inputs: 1,
      outputs: 1,
      nesting: 1,
      tensorBytes: 24 + 16,
      refusedOperators: [],
      trains: false,
    });
    expect(Object.fromEntries(found.operators)).toEqual({
      ":Relu": 3,
      ":Add": 1,
      ":If": 1,
      "own:Twice": 1,
      "ai.onnx.ml:Scaler": 1,
    });
    expect(Object.fromEntries(found.opsets)).toEqual({ "": 17, "ai.onnx.ml": 3, own: 1 });
  });

  it("of real exports holds nothing that is refused", async () => {
    const exported = fileURLToPath(new URL("../golden/onnx/", import.meta.url));
    const names = (await readdir(exported)).filter((name) => name.endsWith(".onnx"));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names)
      expect(inspectGraph(join(exported, name), modelLimits).refusedOperators, name).toEqual([]);
  });
});

describe("a limit is named when it is exceeded", () => {
  const two = graphWith([relu, relu], { constants: { a: { floats: [1] }, b: { floats: [2] } } });
  const cases: Readonly<Record<keyof Omit<ModelLimits, "version_bytes">, Uint8Array>> = {
    nodes: onnxFile(two),
    initializers: onnxFile(two),
    inputs_and_outputs: onnxFile(graphWith([relu])),
    nesting: onnxFile(nested(2)),
    tensor_bytes: onnxFile(two),
  };
  it.each(Object.entries(cases))("%s", (setting, bytes) => {
    const limit = (most: number) => () => inspect(bytes, { [setting]: most });
    const most = setting === "tensor_bytes" ? 8 : 2;
    expect(limit(most)).not.toThrow();
    expect(limit(most - 1)).toThrow(
      new RegExp(`at most ${most - 1} are allowed.*repository\\.limits\\.${setting}$`),
    );
  });

  it("by functions that call each other twice, thirty deep", () => {
    const functions = Array.from({ length: 30 }, (_, i) => {
      const op = i === 29 ? "Relu" : `f${i + 1}`;
      const domain = i === 29 ? "" : "own";
      const call = (from: string, to: string): Node => ({ op, domain, inputs: [from], outputs: [to] });
      return {
        domain: "own",
        name: `f${i}`,
        inputs: ["a"],
        outputs: ["c"],
        nodes: [call("a", "b"), call("b", "c")],
      };
    });
    const call: Node = { op: "f0", domain: "own", inputs: ["X"], outputs: ["Y"] };
    const bytes = onnxFile(graphWith([call]), { domains: { own: 1 }, functions });
    expect(() => inspect(bytes)).toThrow(/it has 2147483647 nodes with those of its functions/);
  });

  it("by a function that calls itself", () => {
    const call: Node = { op: "f", domain: "own", inputs: ["X"], outputs: ["Y"] };
    const functions = [{ domain: "own", name: "f", inputs: ["X"], outputs: ["Y"], nodes: [call] }];
    expect(() => inspect(onnxFile(graphWith([call]), { domains: { own: 1 }, functions }))).toThrow(
      /function own:f calls itself/,
    );
  });

  it.each(["ConstantOfShape", "Expand", "RandomNormal"])("by %s of a trillion numbers", (op) => {
    const inputs = op === "Expand" ? ["X", "size"] : op === "ConstantOfShape" ? ["size"] : [];
    const attributes = op === "RandomNormal" ? { shape: { is: [1_000_000, 1_000_000] } } : {};
    const maker: Node = { op, inputs, outputs: ["Y"], attributes };
    const constants = { size: { integers: [1_000_000, 1_000_000] } };
    expect(() => inspect(onnxFile(graphWith([maker], { constants })))).toThrow(
      /it has 1000000000000 bytes of tensors that it makes from constants/,
    );
    const constant: Node = {
      op: "Constant",
      inputs: [],
      outputs: ["size"],
      attributes: { value: { t: { integers: [1_000_000, 1_000_000] } } },
    };
    expect(() => inspect(onnxFile(graphWith([constant, maker])))).toThrow(/bytes of tensors that it makes/);
  });
});

describe("operators that cannot run, or that act beyond the graph", () => {
  it.each([
    [
      "com.evil",
      "EvilOp",
      /operator EvilOp of com\.evil, which ONNX Runtime without additions does not have/,
    ],
    ["com.microsoft", "EPContext", /EPContext of com\.microsoft, which loads a compiled program from a file/],
    ["com.microsoft", "PythonOp", /PythonOp of com\.microsoft, which runs a Python function/],
  ])("%s %s", (domain, op, words) => {
    const inside = graphWith([{ op, domain, inputs: ["X"], outputs: ["Y"] }]);
    const outside = graphWith([
      { op: "If", inputs: ["c"], outputs: ["Y"], attributes: { else_branch: { g: inside } } },
    ]);
    for (const graph of [inside, outside])
      expect(inspect(onnxFile(graph, { domains: { [domain]: 1 } })).refusedOperators).toEqual([
        expect.stringMatching(words),
      ]);
  });

  it("but a function of the model's own domain is none of them", () => {
    const call: Node = { op: "f", domain: "pkg.torch", inputs: ["X"], outputs: ["Y"] };
    const functions = [{ domain: "pkg.torch", name: "f", inputs: ["X"], outputs: ["Y"], nodes: [relu] }];
    const { refusedOperators } = inspect(
      onnxFile(graphWith([call]), { domains: { "pkg.torch": 1 }, functions }),
    );
    expect(refusedOperators).toEqual([]);
  });
});

/** A model of one Identity and this initializer. */
function holding(tensor: Uint8Array): Uint8Array {
  const graph = message(field(1, message(field(1, "X"), field(2, "Y"), field(4, "Relu"))), field(5, tensor));
  return message(field(1, 8), field(7, graph));
}
const external = (entries: Readonly<Record<string, string>>) =>
  message(
    field(1, 4),
    field(2, 1),
    field(8, "W"),
    ...Object.entries(entries).map(([key, value]) => field(13, message(field(1, key), field(2, value)))),
    field(14, 1),
  );

describe("tensors that contradict themselves", () => {
  it.each([
    [
      "more than it holds",
      message(field(1, 1_000_000), field(2, 1), field(8, "W"), field(9, new Uint8Array(8))),
      /tensor W announces 4000000 bytes and holds 8/,
    ],
    ["a negative size", message(field(1, -4), field(2, 1), field(8, "W")), /tensor W has a negative size/],
    ["an unknown type", message(field(1, 4), field(2, 99), field(8, "W")), /unknown element type 99/],
    [
      "more than there are numbers",
      message(...Array.from({ length: 9 }, () => field(1, 2 ** 40)), field(2, 1), field(8, "W")),
      /announces 2\.\d+e\+108 elements|elements/,
    ],
    [
      "a terabyte",
      message(field(1, 2 ** 38), field(2, 1), field(8, "W")),
      /it has 1099511627776 bytes of tensors, and at most/,
    ],
    [
      "a negative offset",
      external({ location: "w", offset: "-8" }),
      /tensor W has the offset "-8" in its file/,
    ],
    [
      "sixty-five dimensions",
      message(...Array.from({ length: 65 }, () => field(1, 1)), field(2, 1)),
      /more than 64 dimensions/,
    ],
  ])("%s", (_, tensor, words) => {
    expect(() => inspect(holding(tensor))).toThrow(words);
  });

  it("one that names its file twice", () => {
    const twice = message(
      external({ location: "w" }),
      field(13, message(field(1, "location"), field(2, "/etc/passwd"))),
    );
    expect(() => inspect(holding(twice))).toThrow(/gives its location twice/);
  });

  it("a path that is no text", () => {
    const entry = message(field(1, "location"), field(2, Uint8Array.of(0x77, 0xff, 0xfe)));
    expect(() => inspect(holding(message(field(1, 1), field(2, 1), field(13, entry))))).toThrow(/no UTF-8/);
  });
});

describe("what two readers could understand differently", () => {
  const model = onnxFile(graphWith([relu]));

  it("two graphs, which protobuf puts together", () => {
    expect(() => inspect(message(model, model))).toThrow(/two graphs/);
  });

  it("a tag whose upper bits some readers cut off", () => {
    // 2^35 is added to the tag of a graph: a reader of 32 bits sees the graph, one of 64 an unknown field.
    const tag = Uint8Array.of(0x80 | 58, 0x80, 0x80, 0x80, 0x80, 0x01, 0);
    expect(() => inspect(message(model, tag))).toThrow(/a field numbered \d+/);
  });

  it("an attribute with two graphs or two tensors", () => {
    const body = message(field(1, message(field(4, "Relu"))));
    const attribute = message(field(1, "then_branch"), field(6, body), field(6, body));
    const node = message(field(4, "If"), field(5, attribute));
    expect(() => inspect(message(field(1, 8), field(7, message(field(1, node)))))).toThrow(/one value twice/);
  });
});

it("no bytes at all, and no change of a model's bytes, do more than a refusal", () => {
  const seeds = [
    onnxFile(nested(3)),
    holding(external({ location: "w", offset: "0", length: "16" })),
    onnxFile(graphWith([relu], { constants: { size: { integers: [4, 4] } } })),
  ];
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      fc.nat(),
    )
    .map(([seed, changes, cut]) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes.subarray(0, bytes.length - (cut % 3 === 0 ? cut % bytes.length : 0));
    });
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      try {
        const { nodes, tensorBytes } = inspect(bytes);
        return nodes <= modelLimits.nodes && tensorBytes <= modelLimits.tensor_bytes;
      } catch (error) {
        return error instanceof Error && !(error instanceof RangeError) && !(error instanceof TypeError);
      }
    }),
    { numRuns: 1_000, seed: 16 },
  );
});
