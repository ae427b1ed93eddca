/** What real clients of Open Inference send at the edges: names, bodies, deadlines, and clients that go away. */
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bytesOf, face, withBinary, X } from "../../support/open-inference.js";
import { model } from "../../support/servables.js";

const post = (body: object, more: RequestInit = {}): RequestInit => {
  const text = JSON.stringify(body);
  const headers = { "content-length": String(Buffer.byteLength(text)), ...more.headers };
  return { method: "POST", body: text, ...more, headers };
};

describe("a model's name in a path", () => {
  it.each(["a.b", "a.b/versions/1", "a%2Eb", "%61.b"])("may be %s", async (path) => {
    const { routes } = face([model({}, "a.b")]);
    const answer = await routes.request(`/v2/models/${path}`);
    expect([answer.status, await answer.json()]).toMatchObject([200, { name: "a.b", versions: ["1"] }]);
    expect((await routes.request(`/v2/models/${path}/ready`)).status).toBe(200);
  });

  it.each(["%zz", "a%2Fb", "%F0%9F%92%A9", "%00"])("that nothing can have is unknown: %s", async (name) => {
    const { routes } = face();
    for (const path of ["", "/ready", "/config", "/versions/1"]) {
      const answer = await routes.request(`/v2/models/${name}${path}`);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: "not_found" }]);
    }
  });

  it("of a model that is not there is answered on infer with the words that Triton's clients look for", async () => {
    const { infer } = face();
    for (const name of ["other", "echo/versions/7"]) {
      const answer = await infer({ inputs: [X] }, {}, name);
      expect([answer.status, await answer.json()]).toMatchObject([
        404,
        { code: "not_found", error: expect.stringMatching(/^Request for unknown model: /) },
      ]);
    }
  });

  it("is asked with HEAD as with GET, and then has no body", async () => {
    const { routes } = face();
    for (const [path, status] of [
      ["echo/ready", 200],
      ["other", 404],
    ] as const) {
      const answer = await routes.request(`/v2/models/${path}`, { method: "HEAD" });
      expect([answer.status, await answer.text()]).toEqual([status, ""]);
    }
  });
});

describe("what KServe's client sends", () => {
  it("is answered: a name of the model in the body, a random id, and both content types", async () => {
    const { infer } = face();
    const id = "9c1f6d2e-4a53-4b1c-9d0c-3a4fb4b9d111";
    const json = { id, model_name: "echo", inputs: [{ ...X, parameters: {} }], outputs: [] };
    const inJson = await infer(json, { "content-type": "application/json" });
    expect(await inJson.json()).toMatchObject({ id, model_name: "echo", model_version: "1" });
    const input = { name: "X", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } };
    const [body, headers] = withBinary({ id, model_name: "echo", inputs: [input] }, bytesOf(1, 2));
    const inBinary = await infer(body, { ...headers, "content-type": "application/octet-stream" });
    expect(await inBinary.json()).toMatchObject({ id, outputs: [{ data: [1, 2] }] });
  });
});

describe("a compressed body", () => {
  const compress = { gzip: gzipSync, deflate: deflateSync };
  const decompress = { gzip: gunzipSync, deflate: inflateSync };
  it.each(["gzip", "deflate"] as const)(
    "in %s, whose header counts decompressed bytes, is answered in the same",
    async (encoding) => {
      const { infer } = face();
      const input = { name: "X", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } };
      const [body, headers] = withBinary({ inputs: [input] }, bytesOf(1, 2));
      const answer = await infer(compress[encoding](body), {
        ...headers,
        "content-encoding": encoding,
        "accept-encoding": encoding,
      });
      expect(answer.headers.get("content-encoding")).toBe(encoding);
      const json = JSON.parse(decompress[encoding](Buffer.from(await answer.arrayBuffer())).toString());
      expect(json.outputs).toMatchObject([{ data: [1, 2] }]);
    },
  );

  it.each(["gzip, deflate, br", "br", "*"])(
    "is not answered where the client accepts %s",
    async (accepted) => {
      const { infer } = face();
      const answer = await infer({ inputs: [X] }, { "accept-encoding": accepted });
      expect([
        answer.headers.get("content-encoding"),
        ((await answer.json()) as { outputs: unknown }).outputs,
      ]).toMatchObject([null, [{}]]);
    },
  );
});

describe("a client that has gone", () => {
  it("has its running request stopped and its waiting one dropped", async () => {
    const { routes, clock, engine, scheduler, places } = face([model({ maxBatchSize: 1 })]);
    const clients = [new AbortController(), new AbortController()];
    const answers = clients.map(({ signal }) =>
      routes.request(
        "/v2/models/echo/infer",
        post({ inputs: [{ ...X, shape: [1, 2], data: [1, 2] }] }, { signal }),
      ),
    );
    for (let i = 0; i < 20; i++) await clock.settle();
    expect(engine.runs).toHaveLength(1);
    clients[1]?.abort();
    clients[0]?.abort();
    for (let i = 0; i < 20; i++) await clock.settle();
    expect((await answers[1])?.status).toBe(499);
    engine.finishAll();
    for (let i = 0; i < 20; i++) await clock.settle();
    expect((await answers[0])?.status).toBe(499);
    expect(engine.runs).toHaveLength(1);
    expect([scheduler.pending, places.bytes]).toEqual([0, 0]);
  });
});

describe("a request that is not answered in time", () => {
  it("has a timeout in microseconds, and 504", async () => {
    const { routes, clock, places } = face();
    const answer = routes.request(
      "/v2/models/echo/infer",
      post({ inputs: [X], parameters: { timeout: 250_000 } }),
    );
    for (let i = 0; i < 20; i++) await clock.settle();
    await clock.advance(249);
    const early = await Promise.race([answer, Promise.resolve("waiting")]);
    expect(early).toBe("waiting");
    await clock.advance(2);
    for (let i = 0; i < 20; i++) await clock.settle();
    expect([(await answer).status, await (await answer).json()]).toMatchObject([
      504,
      { code: "deadline_exceeded" },
    ]);
    expect(places.bytes).toBe(0);
  });

  it("while the gateway drains has 503 and is told when to come again", async () => {
    const { infer, requests, routes } = face();
    requests.lifecycle.drain();
    const answer = await infer({ inputs: [X] });
    expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toMatchObject([
      503,
      "1",
      { error: "the gateway is draining", retryable: true },
    ]);
    expect((await routes.request("/v2/models/echo")).status).toBe(503);
  });
});

it("an answer that is larger than a body may be is refused, and its memory is given back", async () => {
  const { infer } = face([model({ maxBatchSize: 300_000 })], 1_000);
  const row = { name: "X", datatype: "FP32", shape: [100, 2], parameters: { binary_data_size: 800 } };
  const answer = await infer(...withBinary({ inputs: [row] }, bytesOf(...Array(200).fill(1 / 3))));
  expect([answer.status, answer.headers.get("retry-after"), await answer.json()]).toMatchObject([
    429,
    null,
    {
      error: expect.stringMatching(/^the answer is \d+ bytes, and a body has at most 1000/),
      retryable: false,
    },
  ]);
});
