/** Bodies that are too large, too deep, or no request: each is refused with a clear status, and nothing is held. */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type McpFace, mcpFace } from "../support/mcp.js";

let face: McpFace;

afterEach(async () => {
  // The gateway goes on, and no defect was met.
  expect(face.failures).toEqual([]);
  expect((await face.request("tools/list")).status).toBe(200);
});

const call = (args: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"infer","arguments":${args}}}`;

function expectNothingPolluted(): void {
  expect(({} as Record<string, unknown>)["data"]).toBeUndefined();
  expect(({} as Record<string, unknown>)["model"]).toBeUndefined();
}

describe("a hostile body", () => {
  it.each<[string, string, number, string, number]>([
    ["that is no JSON", "{", 400, "is not JSON", -32_700],
    ["that is empty", "", 400, "is not JSON", -32_700],
    ["that is a number", "7", 400, "must be one JSON-RPC request", -32_600],
    [
      "that is a list of requests",
      `[${call("{}")},${call("{}")}]`,
      400,
      "must be one JSON-RPC request",
      -32_600,
    ],
    [
      "nested 10,000 deep",
      call(`${"[".repeat(10_000)}${"]".repeat(10_000)}`),
      400,
      "is nested deeper than",
      -32_700,
    ],
    [
      "with too many values",
      call(`{"model":"echo","inputs":{"X":[${"1,".repeat(200_000)}1]}}`),
      413,
      "values in JSON",
      -32_000,
    ],
  ])("%s", async (_, body, status, words, code) => {
    face = mcpFace();
    const response = await face.post(body);
    expect(response.status).toBe(status);
    const { jsonrpc, id, error } = (await response.json()) as {
      jsonrpc: string;
      id: null;
      error: { code: number; message: string };
    };
    expect([jsonrpc, id, error.code]).toEqual(["2.0", null, code]);
    expect(error.message).toContain(words);
  });

  it.each([
    "NaN",
    "-Infinity",
    "null",
    "true",
    "{}",
    "[]",
    "1.5",
    "1e400",
    "9007199254740993",
    `"${"x".repeat(129)}"`,
  ])("with the id %s, which no answer could name", async (id) => {
    face = mcpFace();
    for (const [field, body] of [
      ["id", `{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`],
      [
        "params._meta.progressToken",
        `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"progressToken":${id}}}}`,
      ],
    ] as const) {
      const response = await face.post(body, { "mcp-protocol-version": "2025-11-25" });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        jsonrpc: "2.0",
        id: null,
        error: {
          code: -32_600,
          message: expect.stringContaining(`${field}: must be a string of at most 128`),
        },
      });
    }
  });

  it.each(["0", "-7", '""', `"${"x".repeat(128)}"`, "9007199254740991"])(
    "with the id %s is answered under it",
    async (id) => {
      face = mcpFace();
      const body = `{"jsonrpc":"2.0","id":${id},"method":"tools/list"}`;
      const response = await face.post(body, { "mcp-protocol-version": "2025-11-25" });
      expect(await response.text()).toContain(`"id":${id}`);
    },
  );

  it("that announces a gigabyte is refused before it is read", async () => {
    face = mcpFace();
    const response = await face.post("{}", { "content-length": "1000000000" });
    expect(response.status).toBe(413);
  });

  it("that is a bomb of gzip", async () => {
    face = mcpFace();
    const bomb = gzipSync(Buffer.alloc(5_000_000, " "));
    const response = await face.post(bomb, { "content-encoding": "gzip" });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("100 times its size");
  });

  it("that is no JSON by its type", async () => {
    face = mcpFace();
    expect((await face.post("{}", { "content-type": "text/plain" })).status).toBe(415);
  });

  it.each([
    [`{"model":"echo","inputs":{"__proto__":[[1]]}}`, "params.arguments.inputs.__proto__"],
    [`{"model":"echo","inputs":{"X":{"__proto__":{"data":[[1]]}}}}`, "params.arguments.inputs.X.__proto__"],
    [
      `{"model":"echo","inputs":{"X":[["a"]]},"parameters":{"__proto__":{"data":1}}}`,
      "params.arguments.parameters.__proto__",
    ],
    [`{"__proto__":{"model":"echo"},"inputs":{"X":[[1]]}}`, "params.arguments.__proto__"],
  ])("%s is refused by its path and pollutes nothing", async (args, path) => {
    face = mcpFace();
    const response = await face.post(call(args), { "mcp-protocol-version": "2025-11-25" });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(path);
    expectNothingPolluted();
  });

  it.each([
    `{"model":"__proto__","inputs":{"X":[[1]]}}`,
    `{"model":"constructor","inputs":{"toString":[[1]]}}`,
  ])("%s pollutes nothing", async (args) => {
    face = mcpFace();
    const response = await face.finished(
      face.post(call(args), { "mcp-protocol-version": "2025-11-25" }).then((answer) => answer.text()),
    );
    expect(response).toContain('"isError":true');
    expectNothingPolluted();
  });

  it.each([
    ["a method that there is not", `{"jsonrpc":"2.0","id":1,"method":"tools/delete","params":{}}`],
    ["a method that is a number", `{"jsonrpc":"2.0","id":1,"method":7,"params":{}}`],
    ["no version of JSON-RPC", `{"id":1,"method":"tools/list","params":{}}`],
    ["parameters that are a list", `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}`],
    ["a tool whose name is a map", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{}}}`],
    ["a response", `{"jsonrpc":"2.0","id":1,"result":{}}`],
  ])("with %s brings an error, and no defect", async (_, body) => {
    face = mcpFace();
    const response = await face.finished(
      face.post(body).then(async (answer) => ({ status: answer.status, text: await answer.text() })),
    );
    expect(response.status).toBeLessThan(500);
    expect(response.text).not.toContain('"result"');
  });

  it("takes no memory of bodies once it is answered", async () => {
    // The memory for bodies holds one large body at a time.
    face = mcpFace({ limits: { http_body_bytes: 12_000_000, message_bytes: 1_048_576 } });
    const args = { model: "echo", inputs: { X: [[1]] } };
    for (let i = 0; i < 5; i++) {
      await face.call("infer", args, { headers: { "transfer-encoding": "chunked" } });
      await face.call("infer", args, { revision: "2025-11-25" });
      await face.post("[".repeat(1_000));
    }
    const body = call(`{"model":"echo","inputs":{"X":[[${"1".repeat(8_000_000)}]]}}`);
    expect((await face.finished(face.post(body, { "mcp-protocol-version": "2025-11-25" }))).status).toBe(200);
  });
});
