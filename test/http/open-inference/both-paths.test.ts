/**
 * An inference over HTTP is answered on Node's own request and response where its model's name is written plainly, and
 * by Hono's router otherwise. Each rule is asked of both, and the answers must be the same.
 */
import { createHash } from "node:crypto";
import { type IncomingHttpHeaders, request } from "node:http";
import { deflateSync, gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { HttpServer } from "../../../gateway/faces/websocket/http-server.js";
import { openHttpFace } from "../../../gateway/wiring/http-routes.js";
import { testHouse } from "../../support/house.js";
import { bytesOf, withBinary, X } from "../../support/open-inference.js";
import { RawPeer } from "../../support/raw-peer.js";
import { until } from "../../support/until.js";

const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
const keys = [
  { sha256: sha256("good"), tenant: "desk" },
  { sha256: sha256("reader"), tenant: "desk", scopes: ["metrics:read"] },
];
const paths = { direct: "/v2/models/echo/infer", routed: "/v2/models/%65cho/infer" } as const;
type Way = keyof typeof paths;
const ways = Object.keys(paths) as Way[];

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

interface Question {
  readonly headers?: Headers;
  readonly body?: Uint8Array | string;
  readonly model?: Readonly<Record<Way, string>>;
}

interface Heard {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function harness(overrides: Record<string, unknown> = {}) {
  const { house, clock, engine } = testHouse({ auth: { keys }, ...overrides });
  const failed = vi.fn();
  const { routes, direct } = openHttpFace(house, () => undefined, undefined, failed);
  const taken = { direct: 0, routed: 0 };
  const counted = {
    fetch: (...given: Parameters<typeof routes.fetch>) => {
      taken.routed++;
      return routes.fetch(...given);
    },
    direct: (...given: Parameters<typeof direct>) => {
      const took = direct(...given);
      if (took) taken.direct++;
      return took;
    },
  };
  const http = new HttpServer(house, counted, 64, undefined, false);
  const { port } = await http.listen("127.0.0.1", 0);
  onTestFinished(() => http.close(0, () => {}));
  const ask = async (way: Way, { headers, body = json, model }: Question): Promise<Heard> => {
    const answer = send(port, model?.[way] ?? paths[way], { ...good, ...headers }, body);
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
    };
    answer.then(answered, answered);
    while (!isAnswered) {
      await clock.settle();
      engine.finishAll();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return answer;
  };
  return { house, engine, clock, failed, taken, port, ask };
}

const good = { authorization: "Bearer good" };
const json = JSON.stringify({ inputs: [X] });

/** @param headers undefined values are not sent; a body without a Content-Length is sent in chunks */
function send(port: number, path: string, headers: Headers, body: Uint8Array | string): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, method: "POST", agent: false });
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.setHeader(name, value);
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    if (headers["transfer-encoding"] === undefined) sent.end(body);
    else {
      sent.write(body.slice(0, 1));
      sent.end(body.slice(1));
    }
  });
}

/** What both ways must answer alike; the time of day and of the computation may differ. */
function comparable({ status, headers, body }: Heard) {
  const { date: _, ...rest } = headers;
  const text = headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
  return {
    status,
    headers: rest,
    body: text.toString("latin1").replace(/"(queue_ms|compute_ms)":[\d.]+/g, ""),
  };
}

async function askBoth({ ask, taken }: Awaited<ReturnType<typeof harness>>, question: Question) {
  const direct = await ask("direct", question);
  const routed = await ask("routed", question);
  expect(comparable(direct)).toEqual(comparable(routed));
  return { heard: direct, taken: { ...taken } };
}

const [binary, binaryHeaders] = withBinary(
  {
    inputs: [{ name: "X", datatype: "FP32", shape: [1, 2], parameters: { binary_data_size: 8 } }],
    parameters: { binary_data_output: true },
  },
  bytesOf(1, 2),
);

describe("an inference by both ways", () => {
  it.each<[string, Question, number]>([
    ["in JSON", {}, 200],
    ["in chunks", { headers: { "transfer-encoding": "chunked" } }, 200],
    ["in binary", { body: binary, headers: binaryHeaders }, 200],
    ["compressed by gzip", { body: gzipSync(json), headers: { "content-encoding": "gzip" } }, 200],
    ["compressed by deflate", { body: deflateSync(json), headers: { "content-encoding": "deflate" } }, 200],
    ["whose answer is asked for by gzip", { headers: { "accept-encoding": "gzip" } }, 200],
    ["whose answer is asked for in a list", { headers: { "accept-encoding": "gzip, deflate, br" } }, 200],
    [
      "under an Origin of its own Host",
      { headers: { host: "localhost:1", origin: "http://localhost:1" } },
      200,
    ],
    [
      "of a version",
      { model: { direct: "/v2/models/echo/versions/1/infer", routed: "/v2/models/echo/versions/%31/infer" } },
      200,
    ],
    ["with a query", { model: { direct: `${paths.direct}?a=1`, routed: `${paths.routed}?a=1` } }, 200],
  ])("%s is answered", async (_, question, status) => {
    const { heard, taken } = await askBoth(await harness(), question);
    expect(heard.status).toBe(status);
    expect(taken).toEqual({ direct: 1, routed: 1 });
  });

  it.each<[string, Question, number, RegExp]>([
    ["without a token", { headers: { authorization: undefined } }, 401, /token/],
    ["with a wrong token", { headers: { authorization: "Bearer wrong" } }, 401, /token/],
    ["without the scope", { headers: { authorization: "Bearer reader" } }, 403, /models:infer/],
    ["with too long a body", { body: "x".repeat(80_000) }, 413, /at most/],
    [
      "with too long a body in chunks",
      { body: "x".repeat(80_000), headers: { "transfer-encoding": "chunked" } },
      413,
      /at most/,
    ],
    [
      "with a bomb",
      { body: gzipSync(Buffer.alloc(1_000_000)), headers: { "content-encoding": "gzip" } },
      413,
      /at most/,
    ],
    ["with what is not gzip", { headers: { "content-encoding": "gzip" } }, 400, /decompressed/],
    ["compressed by brotli", { headers: { "content-encoding": "br" } }, 400, /gzip, deflate/],
    ["with what is not JSON", { body: "{" }, 400, /JSON/],
    [
      "with a header length that lies",
      { headers: { "inference-header-content-length": "999999" } },
      400,
      /at most the/,
    ],
    [
      "of an unknown model",
      { model: { direct: "/v2/models/other/infer", routed: "/v2/models/%6fther/infer" } },
      404,
      /^Request for unknown model/,
    ],
    [
      "whose answer would be too large",
      { body: JSON.stringify({ inputs: [{ ...X, shape: [1, 12_000], data: new Array(12_000).fill(0.1) }] }) },
      429,
      /the answer is/,
    ],
  ])("%s is refused", async (_, question, status, words) => {
    const { heard, taken } = await askBoth(await harness({ limits: { message_bytes: 65_536 } }), question);
    expect([heard.status, JSON.parse(heard.body.toString()).error]).toEqual([
      status,
      expect.stringMatching(words),
    ]);
    expect(heard.headers["content-type"]).toBe("application/json");
    expect(taken).toEqual({ direct: 1, routed: 1 });
  });

  it.each<[string, Headers, number, RegExp]>([
    ["Host", { host: "evil.example" }, 403, /Host/],
    ["Origin", { origin: "https://evil.example" }, 403, /Origin/],
    ["second token", { authorization: ["Bearer good", "Bearer wrong"] }, 400, /authorization/i],
  ])("with a foreign %s reaches neither way", async (_, headers, status, words) => {
    const { heard, taken } = await askBoth(await harness(), { headers });
    expect([heard.status, JSON.parse(heard.body.toString()).error]).toEqual([
      status,
      expect.stringMatching(words),
    ]);
    expect(taken).toEqual({ direct: 0, routed: 0 });
  });

  it("is refused while the gateway drains, with the time to come again", async () => {
    const test = await harness();
    test.house.requests.lifecycle.drain();
    const { heard } = await askBoth(test, {});
    expect([heard.status, heard.headers["retry-after"]]).toEqual([503, "1"]);
    expect(test.engine.runs).toHaveLength(0);
  });

  it("is counted by its tenant's quota, also where it cannot be read", async () => {
    const question = { body: "{" };
    for (const way of ways) {
      const { ask } = await harness({ quotas: { requests: { per_second: 1, burst: 1 } } });
      expect((await ask(way, question)).status).toBe(400);
      expect((await ask(way, {})).status).toBe(429);
    }
  });

  it("that meets a defect is answered with 500, and reported once", async () => {
    const test = await harness();
    vi.spyOn(test.house.requests, "infer").mockImplementation(() => {
      throw new TypeError("a secret");
    });
    const { heard } = await askBoth(test, {});
    expect(heard.status).toBe(500);
    expect(heard.body.toString()).not.toContain("secret");
    expect(test.failed).toHaveBeenCalledTimes(2);
  });
});

describe.each(ways)("an inference that is %s", (way) => {
  const head = (length: number, more = "Authorization: Bearer good\r\n") =>
    `POST ${paths[way]} HTTP/1.1\r\nHost: localhost\r\n${more}Content-Length: ${length}\r\n\r\n`;

  it("is cancelled when its client has gone, and leaves the queue", async () => {
    const { house, engine, clock, port } = await harness();
    engine.mayTake = () => false; // it waits
    const peer = await RawPeer.open(port, head(json.length) + json);
    await until(async () => expect(house.requests.lifecycle.inFlight).toBe(1));
    peer.destroy();
    await until(async () => {
      await clock.settle();
      expect(house.requests.lifecycle.inFlight).toBe(0);
    });
    expect(engine.runs).toHaveLength(0);
  });

  it("whose body ends early is forgotten, and its memory is free for others", async () => {
    const { house, ask, port } = await harness({
      limits: { message_bytes: 65_536, http_body_bytes: 1_048_576 },
    });
    const reading = vi.spyOn(house.requests.lifecycle, "reading");
    for (let i = 0; i < 20; i++) {
      const peer = await RawPeer.open(port, `${head(60_000)}{`);
      await until(async () => expect(reading).toHaveBeenCalledTimes(i + 1));
      peer.destroy();
      await reading.mock.results[i]?.value.catch(() => {});
    }
    expect((await ask(way, {})).status).toBe(200);
  });

  it("gives its memory back: a hundred are answered where there is room for fifty", async () => {
    const { ask } = await harness({ limits: { message_bytes: 65_536, http_body_bytes: 1_048_576 } });
    const large = JSON.stringify({
      inputs: [{ ...X, shape: [1, 4_000], data: new Array(4_000).fill(0.25) }],
    });
    for (let i = 0; i < 100; i++) expect((await ask(way, { body: large })).status).toBe(200);
  });

  it("is refused before its body has come: the client sees the answer, and then is disconnected", async () => {
    const { port } = await harness();
    const peer = await RawPeer.open(port, `${head(100_000, "")}{`);
    expect(await peer.status()).toBe(401);
    // It goes on to send: the connection is never silent, and 15 s would be the limit of a whole request.
    const drip = setInterval(() => peer.write(" "), 20);
    onTestFinished(() => clearInterval(drip));
    await peer.end;
  }, 10_000);

  it("is answered beside others on the same connection, in their order", async () => {
    const { engine, clock, port } = await harness();
    const one = (value: number) => {
      const body = JSON.stringify({ inputs: [{ ...X, shape: [1, 1], data: [value] }] });
      return head(body.length) + body;
    };
    const peer = await RawPeer.open(port, one(1) + one(2) + one(3));
    await until(async () => {
      await clock.settle();
      engine.finishAll();
      expect([...peer.text.matchAll(/"data":\[(\d)\]/g)].map(([, value]) => value)).toEqual(["1", "2", "3"]);
    });
    peer.destroy();
  });
});

it("only plain names of models are answered directly, and only POST", async () => {
  const { house } = testHouse({ auth: { keys } });
  const { direct } = openHttpFace(
    house,
    () => undefined,
    undefined,
    () => {},
  );
  const headers = { host: "localhost" };
  const untouched = new Proxy(
    {},
    {
      get: () => {
        throw new Error("touched");
      },
    },
  );
  for (const [method, url] of [
    ["GET", paths.direct],
    ["POST", paths.routed],
    ["POST", "/v2/models/echo"],
    ["POST", "/v2/models//infer"],
    ["POST", "/v2/models/../infer"],
    ["POST", "/v2/models/./versions/../infer"],
    ["POST", "/v2/models/echo/infer/"],
    ["POST", "/v2/models/echo/infers"],
    ["POST", "/v2/models/a/b/infer"],
    ["POST", "//v2/models/echo/infer"],
    ["POST", "http://localhost/v2/models/echo/infer"],
    ["POST", "/v1/streams/open"],
  ])
    expect(
      direct(
        { method, url, headers } as Parameters<typeof direct>[0],
        untouched as Parameters<typeof direct>[1],
      ),
    ).toBe(false);
});
