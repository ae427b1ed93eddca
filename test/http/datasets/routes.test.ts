/** Datasets over HTTP, and references in Open Inference requests and in tools of MCP. */
import { describe, expect, it } from "vitest";
import { mcpFace } from "../../support/mcp.js";

const columns = { X: { datatype: "FP32", shape: [3, 2], data: [1, 2, 3, 4, 5, 6] } };

function opened() {
  const face = mcpFace();
  const ask = async (method: "GET" | "POST", path: string, body?: object) => {
    const text = body && JSON.stringify(body);
    const response = face.finished(
      Promise.resolve(
        face.routes.request(path, {
          method,
          ...(text !== undefined && { body: text, headers: { "content-length": String(text.length) } }),
        }),
      ),
    );
    const { status, headers } = await response;
    const json = (await (await response).json()) as Record<string, unknown>;
    return { status, headers, json };
  };
  return { ...face, ask };
}

describe("the routes of datasets", () => {
  it("put, grow, list and drop as the frames do", async () => {
    const { ask } = opened();
    const put = await ask("POST", "/v1/datasets/put", { dataset: "t", columns, ts: 5 });
    expect(put).toMatchObject({ status: 200, json: { dataset: "t", rows: 3, bytes: 24 } });
    expect(Object.keys(put.json)).toEqual(["dataset", "version", "rows", "bytes", "sha256"]);
    const more = { X: { datatype: "FP32", shape: [1, 2], data: [7, 8] } };
    const { version } = put.json;
    const grown = await ask("POST", "/v1/datasets/append", { dataset: "t", version, columns: more });
    expect(grown).toMatchObject({ status: 200, json: { dataset: "t", rows: 4 } });
    const again = await ask("POST", "/v1/datasets/append", { dataset: "t", version, columns: more });
    expect(again).toMatchObject({ status: 200, json: grown.json });
    const other = await ask("POST", "/v1/datasets/append", { dataset: "t", version, columns });
    expect(other).toMatchObject({ status: 409, json: { code: "failed_precondition" } });
    expect((await ask("GET", "/v1/datasets?prefix=t&limit=1")).json).toMatchObject({
      datasets: [{ ...grown.json, versions: 2, columns: [{ name: "X", datatype: "FP32", shape: [2] }] }],
      total: 1,
    });
    const drop = await ask("POST", "/v1/datasets/drop", { dataset: "t" });
    expect(drop).toMatchObject({ status: 200, json: { dataset: "t" } });
    expect((await ask("GET", "/v1/datasets")).json).toEqual({ datasets: [], total: 0 });
  });

  it.each([
    [
      "put",
      { dataset: "t", columns, upload: "u", part: 0 },
      400,
      /^upload: a put in parts is for a WebSocket/,
    ],
    [
      "put",
      { dataset: "t", columns: { X: columns.X, y: { datatype: "FP32", shape: [2], data: [1, 2] } } },
      400,
      /^columns.y.shape: 2 rows, and columns.X has 3/,
    ],
    ["put", { dataset: "t t", columns }, 400, /^dataset: must be 1 to 128 of letters/],
    ["put", { dataset: "t", columns: { "a\n": columns.X } }, 400, /^columns: names must be/],
    [
      "put",
      { dataset: "t", columns: { a: { datatype: "BYTES", shape: [1], data: ["x"] } } },
      400,
      /^columns.a.datatype/,
    ],
    [
      "put",
      { dataset: "t", columns: { a: { datatype: "FP32", shape: [0, 2], data: [] } } },
      400,
      /^columns.a.shape: must be \[rows\]/,
    ],
    ["put", { dataset: "t", columns: {} }, 400, /^columns: must be 1 to 1024 columns, got 0/],
    ["put", { dataset: "t", columns, last: true }, 400, /^last: is only for a put in parts/],
    ["append", { dataset: "t", columns }, 404, /^dataset: the dataset t is not in this namespace/],
    ["drop", { dataset: "t" }, 404, /^dataset: the dataset t is not in this namespace/],
  ] as const)("refuse %s of %j", async (route, body, status, error) => {
    const { ask } = opened();
    const refused = await ask("POST", `/v1/datasets/${route}`, body);
    expect(refused).toMatchObject({ status, json: { error: expect.stringMatching(error) } });
  });
});

describe("an Open Inference request", () => {
  const infer = (input: object) => ({ inputs: [{ name: "X", ...input }] });

  it("refers to rows by the parameters of an input, and the answer tells which they were", async () => {
    const { ask } = opened();
    const { json: kept } = await ask("POST", "/v1/datasets/put", { dataset: "t", columns });
    const { json, status } = await ask(
      "POST",
      "/v2/models/fit/infer",
      infer({ parameters: { ref: "t", last: 2 } }),
    );
    expect([status, json["error"]]).toEqual([200, undefined]);
    expect(json).toMatchObject({
      parameters: { inputs_used: { X: { ref: "t", version: kept["version"], rows: [1, 3] } } },
      outputs: [{ name: "Y", shape: [2, 2], data: [3, 4, 5, 6] }],
    });
    const shaped = infer({
      datatype: "FP32",
      shape: [1, 4],
      parameters: { ref: "t", rows: [0, 2], columns: "X" },
    });
    expect((await ask("POST", "/v2/models/fit/infer", shaped)).json).toMatchObject({
      outputs: [{ shape: [1, 4], data: [1, 2, 3, 4] }],
    });
  });

  it.each([
    [{ parameters: { ref: "t" }, data: [1] }, 400, "inputs.X.data: must be absent beside ref or stream"],
    [
      { parameters: { ref: "t", binary_data_size: 4 } },
      400,
      "inputs.X.parameters.binary_data_size: must be absent",
    ],
    [{ parameters: { ref: "t", last: 0 } }, 400, "inputs.X.parameters.last: must be an integer from 1"],
    [{ parameters: { ref: "t", rows: [2, 2] } }, 400, "inputs.X.parameters.rows: must be [from, to]"],
    [
      { parameters: { ref: "t", rows: [0, 1], last: 1 } },
      400,
      "inputs.X.parameters.last: must be absent beside rows",
    ],
    [{ parameters: { ref: "u" } }, 404, "inputs.X.ref: the dataset u"],
    [
      { shape: [7], parameters: { ref: "t" } },
      400,
      "inputs.X.shape: [7] has 7 elements, and the rows have 6",
    ],
  ] as const)("with %j is refused", async (input, status, error) => {
    const { ask } = opened();
    await ask("POST", "/v1/datasets/put", { dataset: "t", columns });
    const refused = await ask("POST", "/v2/models/fit/infer", infer(input));
    expect(refused).toMatchObject({ status, json: { error: expect.stringContaining(error) } });
  });
});

it("the tools fit and infer of MCP take a reference, and tell what it stood for", async () => {
  const { ask, call } = opened();
  await ask("POST", "/v1/datasets/put", { dataset: "t", columns });
  const { result } = await call("fit", { name: "fit", data: { ref: "t", last: 1 } });
  expect(result.structuredContent).toMatchObject({
    outputs: { Y: { data: [[5, 6]] } },
    inputs_used: { X: { ref: "t", rows: [2, 3] } },
  });
  const model = await call("infer", { model: "echo", inputs: { X: { ref: "t", rows: [0, 2] } } });
  expect(model.result.structuredContent).toMatchObject({
    outputs: {
      Y: {
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    },
  });
  const wrong = await call("infer", { model: "echo", inputs: { X: { ref: "none" } } });
  expect(wrong.result).toMatchObject({ isError: true });
  expect(JSON.stringify(wrong.result)).toContain("inputs.X.ref: the dataset none is not in this namespace");
});
