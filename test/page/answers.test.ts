import { describe, expect, test } from "vitest";
import { tensor } from "../../client/typescript/tensor.js";
import { answerJson } from "../../page/console/answer-cells.js";
import { answerTables, shownColumnsMax, shownRowsMax } from "../../page/console/answer-tables.js";
import { requestSnippet, snippetElementsMax } from "../../page/console/request-snippets.js";

const labels = tensor([2n, 0n]);
const probabilities = tensor([
  [0.1, 0.2, 0.7],
  [0.8, 0.1, 0.1],
]);

describe("tables of an answer", () => {
  test("put outputs of equal length side by side, and single values together", () => {
    expect(
      answerTables({ converged: tensor(true), label: labels, probabilities, n_iter: tensor(7, "INT32") }),
    ).toEqual([
      {
        title: "Single values",
        columns: ["output", "value"],
        rows: [
          ["converged", "true"],
          ["n_iter", "7"],
        ],
        rest: undefined,
      },
      {
        title: "label INT64 [2] · probabilities FP32 [2, 3]",
        columns: ["row", "label", "probabilities[0]", "probabilities[1]", "probabilities[2]"],
        rows: [
          ["0", "2", "0.1", "0.2", "0.7"],
          ["1", "0", "0.8", "0.1", "0.1"],
        ],
        rest: undefined,
      },
    ]);
  });

  test("name the place of a column in all dimensions after the first", () => {
    const [table] = answerTables({
      covars: tensor([
        [
          [1, 2],
          [3, 4],
        ],
      ]),
    });
    expect(table?.columns).toEqual(["row", "covars[0, 0]", "covars[0, 1]", "covars[1, 0]", "covars[1, 1]"]);
    expect(table?.rows).toEqual([["0", "1", "2", "3", "4"]]);
  });

  test("are bounded, and say what they leave out", () => {
    const wide = tensor(new Float64Array(10_000 * 300), [10_000, 300]);
    const [table] = answerTables({ X: wide });
    expect(table?.rows.length).toBe(shownRowsMax);
    expect(table?.columns.length).toBe(shownColumnsMax + 1);
    expect(table?.rest).toBe("Shown are the first 50 of 10,000 rows and 24 of 300 columns.");
  });

  test("show strings short, halves as numbers, and what is no number", () => {
    const half = tensor(Uint16Array.from([0x3c00, 0xc000, 0x7c00, 0x0001]), [4], "FP16");
    const [table] = answerTables({ half, text: tensor(["x".repeat(300), "<b>", "", "d"]) });
    expect(table?.rows.map((row) => row[1])).toEqual(["1", "-2", "Infinity", "5.960464e-8"]);
    expect(table?.rows[0]?.[2]).toBe(`${"x".repeat(200)}…`);
    expect(table?.rows[1]?.[2]).toBe("<b>");
  });

  test("of an empty output have no rows", () => {
    expect(answerTables({ none: tensor(new Float32Array(0), [0, 2]) })[0]?.rows).toEqual([]);
  });
});

describe("an answer as JSON", () => {
  test("is nested as the shape says, and can be parsed", () => {
    const text = answerJson({ label: labels, probabilities, odd: tensor([Number.NaN, 1], "FP64") }, 50);
    expect(JSON.parse(text)).toEqual({
      label: { datatype: "INT64", shape: [2], data: ["2", "0"] },
      probabilities: {
        datatype: "FP32",
        shape: [2, 3],
        data: [[...probabilities.data].slice(0, 3), [...probabilities.data].slice(3)],
      },
      odd: { datatype: "FP64", shape: [2], data: ["NaN", 1] },
    });
  });

  test("keeps brackets and line ends within strings", () => {
    const strings = ["[ a\n b ]", '", [', "]"];
    expect(JSON.parse(answerJson({ s: tensor(strings) }, 50)).s.data).toEqual(strings);
  });

  test("is bounded whatever the shape", () => {
    const huge = tensor(new Float64Array(1_000_000), [100, 100, 100]);
    const text = answerJson({ huge }, 50);
    expect(text.length).toBeLessThan(20_000);
    expect(JSON.parse(text).huge.shown).toMatch(/^the first 50 of each dimension/);
  });
});

describe("a request as a program", () => {
  const request = {
    model: "it's",
    version: "2",
    inputs: { X: tensor([[1, Number.NaN]], "FP64"), n: tensor([2n]), s: tensor(["it's"]) },
    parameters: { seed: null, deep: true },
  };

  test("in Python", () => {
    const text = requestSnippet("Python", request, "https://gate.example");
    expect(text).toContain('headgate.connect("wss://gate.example/v1")');
    expect(text).toContain('"X": np.array([[1, np.nan]], dtype=np.float64),');
    expect(text).toContain('"n": np.array([2], dtype=np.int64),');
    expect(text).toContain(
      `await gate.infer("it's", inputs, version="2", parameters={"seed": None, "deep": True})`,
    );
  });

  test("in TypeScript", () => {
    const text = requestSnippet(
      "TypeScript",
      { ...request, inputs: { h: tensor(Uint16Array.of(1, 2), [2], "FP16"), n: tensor([2n]) } },
      "http://a:1",
    );
    expect(text).toContain('connect("ws://a:1/v1")');
    expect(text).toContain('"h": tensor(Uint16Array.from([1, 2]), [2], "FP16"),');
    expect(text).toContain('"n": tensor([2n], "INT64"),');
  });

  test("for a shell quotes what the shell would read", () => {
    const text = requestSnippet("curl", request, "http://a:1") ?? "";
    expect(text).toContain("'http://a:1/v2/models/it'\\''s/versions/2/infer'");
    expect(text).toContain(`{"name":"s","datatype":"BYTES","shape":[1],"data":["it'\\''s"]}`);
    expect(text).toContain('"data":[1,NaN]');
  });

  test("is left out where it would be very long", () => {
    const inputs = { X: tensor(new Float32Array(snippetElementsMax + 1)) };
    expect(requestSnippet("curl", { ...request, inputs }, "http://a:1")).toBeUndefined();
  });
});
