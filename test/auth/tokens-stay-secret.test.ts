/**
 * A gateway that logs everything is given tokens in every way that a client may get right or wrong. No log line, error,
 * close reason, HTTP answer or metric tells any eight characters of one: of a secret that is long enough, eight tell
 * which it is.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { TestIssuer } from "../support/issuer.js";
import { JwksEndpoint } from "../support/jwks-endpoint.js";
import { keysFileOf, newKey } from "../support/keys.js";
import { RawPeer, upgradeRequest } from "../support/raw-peer.js";
import { BareSocket } from "../support/socket.js";
import { WrittenLog } from "../support/written-log.js";

/** A token as `openssl rand -base64 32` makes one: with the characters that an address has to escape. */
const tokenOf = (seed: string) => createHash("sha256").update(seed).digest("base64");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const [good, another, scraping] = ["good", "another", "scraping"].map(tokenOf) as [string, string, string];

/** A key of a keys file. Its id is no secret and is logged: `hg_<id>_<secret>`. */
const kept = newKey();

const keysFolder = mkdtempSync(join(tmpdir(), "headgate-secret-"));
const log = new WrittenLog();
let running: TestGateway;
let endpoint: JwksEndpoint;
let jwt: string;
const used = new Set<string>();
const told: string[] = [];

beforeAll(async () => {
  const issuer = await TestIssuer.create("https://idp.example");
  endpoint = await JwksEndpoint.open(issuer.keySet);
  const now = Math.floor(Date.now() / 1_000);
  jwt = await issuer.token({ iat: now, exp: now + 3_600 });
  running = await startGateway(
    {
      log_level: "trace",
      auth: {
        keys: [good, another].map((token) => ({ sha256: sha256(token), tenant: "alpha" })),
        keys_file: keysFileOf([kept.record], keysFolder),
        issuers: [{ issuer: issuer.name, audience: "headgate", jwks_uri: endpoint.uri }],
      },
      metrics: { sha256: sha256(scraping) },
    },
    { log: log.log },
  );
}, 60_000);
afterAll(async () => {
  await running.stop();
  endpoint.close();
  rmSync(keysFolder, { recursive: true });
}, 30_000);

let wrongOnes = 0;
/** A token that nobody knows, another each time. */
const wrong = () => tokenOf(`wrong ${++wrongOnes}`);

/** Everything that a raw HTTP request is answered. */
async function raw(text: string): Promise<string> {
  const peer = await RawPeer.open(running.port, text);
  await peer.until(() => /\r\n\r\n/.exec(peer.text));
  peer.socket.end();
  await Promise.race([peer.end, new Promise((resolve) => setTimeout(resolve, 200))]);
  peer.destroy();
  return peer.text;
}

const get = (path: string, ...headers: string[]) =>
  raw([`GET ${path} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers, "", ""].join("\r\n"));
const upgrade = (path: string, ...headers: string[]) =>
  raw(upgradeRequest(["Sec-WebSocket-Protocol: headgate.v1.json", ...headers], path));

/** Everything that a socket is told after these messages; they are sent as they are. */
async function socket(messages: readonly string[], headers: Record<string, string> = {}): Promise<string> {
  const open = await BareSocket.open(running.url, { subprotocol: "headgate.v1.json", hello: false, headers });
  for (const message of messages) open.raw(message);
  const last = messages.length;
  await Promise.race([open.closed, open.answer(last).catch(() => {})]);
  const closed = open.close();
  return JSON.stringify([open.frames, await closed]);
}

/** An inference whose body says this, with and without the right to ask for one. */
const post = (path: string, body: string, ...headers: string[]) =>
  raw(
    [
      `POST ${path} HTTP/1.1`,
      "Host: localhost",
      "Connection: close",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
      "",
      body,
    ].join("\r\n"),
  );

const frame = (fields: object) => JSON.stringify(fields);
const hello = (token: unknown) => frame({ type: "hello", token });
/** The last message has the id that `socket` waits for. */
const describe = (id: number) => frame({ type: "describe", id });

const routes = ["/v2/health/ready", "/v2/models/nothing/ready", "/metrics", "/nowhere", "/v1"];

const ways: Readonly<Record<string, (token: string) => Promise<string> | Promise<string>[]>> = {
  "a header of a request": (token) => routes.map((path) => get(path, `Authorization: Bearer ${token}`)),
  "a header of another scheme": (token) =>
    ["Basic", "Token", "Digest", "bearer  x", "Bearer,"].flatMap((scheme) => [
      get("/metrics", `Authorization: ${scheme} ${token}`),
      upgrade("/v1", `Authorization: ${scheme} ${token}`),
    ]),
  "a header of a basic login": (token) => {
    const login = Buffer.from(`agent:${token}`).toString("base64");
    used.add(login);
    return [
      get("/metrics", `Authorization: Basic ${login}`),
      upgrade("/v1", `Authorization: Basic ${login}`),
    ];
  },
  "another header": (token) =>
    ["X-Api-Key", "Cookie", "Api-Key", "Proxy-Authorization", "X-Auth-Token"].flatMap((name) => [
      get("/metrics", `${name}: ${token}`),
      upgrade("/v1", `${name}: ${token}`),
    ]),
  "a header that is no header": (token) => [
    get("/metrics", `Authorization Bearer ${token}`),
    get("/metrics", `Authorization: Bearer ${token}\u0000`),
    get("/metrics", `Authorization: Bearer ${token}`, `: ${token}`),
    raw(`${token}\r\n\r\n`),
    raw(`GET /metrics ${token} HTTP/1.1\r\n\r\n`),
    raw(`${token.replaceAll(/[^A-Za-z]/g, "")} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n`),
  ],
  "a query": (token) =>
    ["token", "access_token", "api_key", "authorization"].flatMap((name) =>
      [token, encodeURIComponent(token)].flatMap((value) => [
        ...routes.map((path) => get(`${path}?${name}=${value}`)),
        upgrade(`/v1?${name}=${value}`),
        upgrade(`/nowhere?${name}=${value}`),
      ]),
    ),
  "a user's part of the address, a path, a host, an origin": (token) => [
    get(`http://agent:${encodeURIComponent(token)}@localhost/metrics`),
    get(`/v2/models/${encodeURIComponent(token)}/infer`),
    get(`/${encodeURIComponent(token)}`),
    upgrade(`/${encodeURIComponent(token)}`),
    raw(`GET /metrics HTTP/1.1\r\nHost: ${token}\r\nConnection: close\r\n\r\n`),
    get("/metrics", `Origin: https://${token}`),
    upgrade("/v1", `Origin: https://${token}`),
    get("/metrics", `X-Request-Id: ${token}`, `Traceparent: ${token}`, `User-Agent: ${token}`),
  ],
  "an inference over HTTP": (token) => {
    const path = "/v2/models/market-impact/infer";
    const body = JSON.stringify({ token, id: "1", inputs: [] });
    const granted = `Authorization: Bearer ${good}`;
    return [
      post(path, body, `Authorization: Bearer ${token}`),
      post(path, body, `Authorization: Basic ${token}`),
      ...[path, `${path}?token=${encodeURIComponent(token)}`].map((each) => post(each, body, granted)),
      post(path, body.slice(0, -3), granted),
      post(path, body.replace("}", ","), granted),
      post(path, token, granted),
      post(path, `"${token}"`, granted),
      post(path, `[${token}]`, granted),
      post(path, JSON.stringify({ inputs: [], parameters: { token } }), granted),
    ];
  },
  "a subprotocol": (token) =>
    [token, token.replaceAll(/[^A-Za-z0-9]/g, "")].flatMap((part) =>
      [`headgate.v1.json, ${part}`, part, `bearer.${part}, headgate.v1.msgpack`].map((offer) =>
        raw(upgradeRequest([`Sec-WebSocket-Protocol: ${offer}`])),
      ),
    ),
  "hello, and hello again": (token) => [
    socket([hello(token), describe(2)]),
    socket([hello(token), hello(token)]),
    socket([hello(token), describe(2)], { authorization: `Bearer ${good}` }),
  ],
  "a hello that is wrong": (token) => [
    socket([hello([token])]),
    socket([hello({ token })]),
    socket([hello(token.repeat(1_000))]),
    socket([frame({ type: "hello", tokne: token })]),
    socket([frame({ type: "hello", [token]: 1 })]),
    socket([frame({ type: "hallo", token })]),
    socket([hello(Number.parseInt(token.replaceAll(/\D/g, "1"), 10))]),
    socket([hello(token).slice(0, -2)]),
    socket([`${hello(token)},`]),
    socket([token]),
    socket([`"${token}"`]),
    socket([frame({ type: "describe", id: 1, token })]),
  ],
  "a refresh": (token) =>
    [token, [token], { token }, token.repeat(1_000), 1, null].map((value) =>
      socket([hello(good), frame({ type: "refresh", id: 2, token: value })]),
    ),
  "a refresh that is wrong": (token) => [
    socket([hello(good), frame({ type: "refresh", id: "2", token })]),
    socket([hello(good), frame({ type: "refresh", id: 2, tokne: token })]),
    socket([hello(good), frame({ type: "refresh", id: 2, token }).slice(0, -2)]),
    socket([hello(good), frame({ type: "refresh", token })]),
  ],
};

it.each(Object.keys(ways))(
  "%s",
  async (name) => {
    const way = ways[name] as (token: string) => Promise<string>[];
    for (const token of [
      good,
      another,
      scraping,
      kept.token,
      jwt,
      wrong(),
      `hg_${wrong()}`,
      `${jwt.slice(0, -8)}AAAAAAAA`,
      `${wrong()}.${wrong()}.`,
    ]) {
      const secret = token.replace(/^hg_[^_]*_/, "");
      used.add(secret);
      used.add(encodeURIComponent(secret));
      told.push(...(await Promise.all([way(token)].flat())));
    }
  },
  60_000,
);

it("no piece of a token was told to anyone", async () => {
  told.push(await get("/metrics", `Authorization: Bearer ${scraping}`));
  expect(told.at(-1)).toContain("headgate_authentications_total");
  expect(told.length).toBeGreaterThan(500);
  expect(log.lines.map(({ msg }) => msg)).toContain("credentials refused");
  const opened = { msg: "connection opened", subject: `key:${kept.record.id}`, tenant: "desk" };
  expect(log.lines).toContainEqual(expect.objectContaining(opened));
  const pieces = new Set<string>();
  for (const token of used)
    for (let at = 0; at + 8 <= token.length; at++) pieces.add(token.slice(at, at + 8));
  for (const text of [log.text, ...told]) expect(piecesIn(text, pieces)).toEqual([]);
});

/** Up to three of the pieces of tokens that are in a text, each with what is around it. */
function piecesIn(text: string, pieces: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at + 8 <= text.length && found.length < 3; at++)
    if (pieces.has(text.slice(at, at + 8))) found.push(text.slice(Math.max(0, at - 120), at + 60));
  return found;
}
