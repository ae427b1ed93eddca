/** What the clients of Open Inference send, and what they read: over the routes, without a socket. */
import { describe, expect, it } from "vitest";
import { bytesOf, face, withBinary, X } from "../../support/open-inference.js";

describe("a request", () => {
  it("in JSON is answered in JSON, with its id", async () => {
    const { infer } = face();
    const answer = await infer({ id: "r-1", inputs: [X] });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toMatchObject({
      model_name: "echo",
      model_version: "1",
      id: "r-1",
      outputs: [{ name: "Y", datatype: "FP32", shape: [2, 2], data: [0.5, 1, -2, 3] }],
    });
  });

  it("with nested data means the same", async () => {
    const { infer } = face();
    const answer = await infer({
      inputs: [
        {
          ...X,
          data: [
            [0.5, 1],
            [-2, 3],
          ],
        },
      ],
    });
    expect(await answer.json()).toMatchObject({ outputs: [{ data: [0.5, 1, -2, 3] }] });
  });

  it.each([
    ["no content type", {}],
    ["octet-stream", { "content-type": "application/octet-stream" }],
    ["text", { "content-type": "text/plain" }],
  ])("in JSON with %s is JSON", async (_, headers) => {
    const { infer } = face();
    expect((await infer({ inputs: [X] }, headers)).status).toBe(200);
  });

  it("in binary is answered in binary where that is asked for, for all outputs or for one", async () => {
    const { infer } = face();
    const input = { name: "X", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } };
    for (const asked of [
      { parameters: { binary_data_output: true } },
      { outputs: [{ name: "Y", parameters: { binary_data: true } }] },
    ]) {
      const answer = await infer(...withBinary({ inputs: [input], ...asked }, bytesOf(0.5, -1)));
      const length = Number(answer.headers.get("inference-header-content-length"));
      const body = new Uint8Array(await answer.arrayBuffer());
      const json = JSON.parse(Buffer.from(body.subarray(0, length)).toString());
      expect(json.outputs).toEqual([
        { name: "Y", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } },
      ]);
      expect([...body.subarray(length)]).toEqual([...bytesOf(0.5, -1)]);
    }
  });

  it("binary_data of an output wins over binary_data_output", async () => {
    const { infer } = face();
    const answer = await infer({
      inputs: [X],
      parameters: { binary_data_output: true },
      outputs: [{ name: "Y", parameters: { binary_data: false } }],
    });
    expect(await answer.json()).toMatchObject({ outputs: [{ data: [0.5, 1, -2, 3] }] });
  });

  it("with bare NaN, as Triton's client writes it, is refused with the number's place, and is no bad JSON", async () => {
    const { infer } = face();
    const text =
      '{"id":"NaN","inputs":[{"name":"X","datatype":"FP32","shape":[1,3],"data":[1,NaN,-Infinity]}]}';
    const answer = await infer(Buffer.from(text));
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: expect.stringContaining("inputs.X: NaN or infinity in column 1") },
    ]);
  });
});

describe("a request is refused by name", () => {
  const binary = { name: "X", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } };
  it.each<[string, Parameters<ReturnType<typeof face>["infer"]>, RegExp]>([
    ["no JSON", [Buffer.from("{inputs")], /the body: is not JSON/],
    ["an array", [Buffer.from("[]")], /must be a JSON object/],
    ["no inputs", [{}], /^inputs/],
    [
      "data nested otherwise than its shape",
      [{ inputs: [{ ...X, data: [[0.5, 1, -2, 3]] }] }],
      /inputs\.X\.data: must be flat/,
    ],
    [
      "ragged data",
      [{ inputs: [{ ...X, data: [[0.5], [1, -2, 3]] }] }],
      /inputs\.X\.data\[0\]: must be flat/,
    ],
    [
      "data nested too deep",
      [
        {
          inputs: [
            {
              ...X,
              data: [
                [[0.5], 1],
                [-2, 3],
              ],
            },
          ],
        },
      ],
      /data\[0\]\[0\]: must be flat, or nested as the shape \[2, 2\]: an element here, got an array of 1/,
    ],
    ["an input twice", [{ inputs: [X, X] }], /inputs\[1\]\.name: X is given twice/],
    ["an unknown input", [{ inputs: [{ ...X, name: "Z" }] }], /inputs\.Z/],
    ["__proto__", [{ inputs: [{ ...X, name: "__proto__" }] }], /__proto__ is no name/],
    ["a wrong length", [{ inputs: [{ ...X, shape: [3, 2] }] }], /inputs\.X\.data/],
    ["FP16 in JSON", [{ inputs: [{ ...X, datatype: "FP16" }] }], /FP16 is sent in binary only/],
    ["a lying header", [{ inputs: [X] }, { "inference-header-content-length": "9999" }], /at most the/],
    ["a header in the middle", [{ inputs: [X] }, { "inference-header-content-length": "7" }], /is not JSON/],
    [
      "bytes that are missing",
      withBinary({ inputs: [binary] }, bytesOf(1)),
      /binary_data_size: 8 bytes, and 4/,
    ],
    [
      "bytes too many",
      withBinary({ inputs: [binary] }, bytesOf(1, 2, 3)),
      /4 bytes of the body belong to no input/,
    ],
    ["depth", [Buffer.from("[".repeat(10_000))], /nested deeper/],
    ["a sequence", [{ inputs: [X], parameters: { sequence_id: 7 } }], /parameters\.sequence_id/],
    ["a timeout that is none", [{ inputs: [X], parameters: { timeout: -1 } }], /parameters\.timeout/],
    ["an unknown parameter", [{ inputs: [X], parameters: { n_components: 2 } }], /n_components/],
  ])("with %s", async (_, request, message) => {
    const { infer, engine } = face();
    const answer = await infer(...request);
    expect(answer.headers.get("content-type")).toBe("application/json");
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, error]).toEqual([400, expect.stringMatching(message)]);
    expect(engine.runs).toEqual([]);
  });

  it("with more text than the socket would take, 413", async () => {
    const { infer } = face();
    const answer = await infer({ inputs: [{ ...X, data: Array(200_000).fill(0) }] });
    expect([answer.status, await answer.json()]).toMatchObject([413, { code: "resource_exhausted" }]);
  });

  it("for an unknown model with the words that Triton's clients look for", async () => {
    const { infer, routes } = face();
    expect(await (await infer({ inputs: [X] }, {}, "other")).json()).toMatchObject({ code: "not_found" });
    const answer = await routes.request("/v2/models/other");
    expect([answer.status, await answer.json()]).toEqual([
      404,
      expect.objectContaining({ error: expect.stringMatching(/^Request for unknown model/) }),
    ]);
  });
});
