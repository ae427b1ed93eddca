/** What a client says of a way that leads to no gateway, and that its token goes nowhere else. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { connectOn } from "../../client/typescript/connect.js";
import { connectionErrorText } from "../../client/typescript/connection-error-text.js";
import { connect, type TlsOptions } from "../../client/typescript/index.js";
import { authority, pair, pem } from "../support/certificates.js";
import { ScriptedPlatform } from "../support/scripted-platform.js";

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  server.on("clientError", (_, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  return (server.address() as AddressInfo).port;
}

const refusal = (url: string) =>
  connect(url, { token: "secret", connectTimeoutMs: 400 }).then(
    () => "connected",
    (error: Error) => error.message,
  );

it("a redirect is not followed, whatever it leads to, and is told", async () => {
  const asked: IncomingMessage[] = [];
  const other = await listening(createServer((request, response) => void response.end(asked.push(request))));
  for (const location of [`ws://127.0.0.1:${other}/v1`, `http://localhost:${other}/v1`, "/v1"]) {
    const named = createServer();
    named.on("upgrade", (_, socket) =>
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
    );
    const port = await listening(named);
    expect(await refusal(`ws://127.0.0.1:${port}/v1`)).toContain(
      `a redirect to ${location} that is not followed`,
    );
  }
  expect(asked).toEqual([]);
});

it("a certificate that is not trusted is told as that", async () => {
  const port = await listening(createTlsServer(pair("server")));
  expect(await refusal(`wss://localhost:${port}/v1`)).toMatch(
    /TLS: certificate verify failed: unable to verify .*No authority that is trusted here signed it/,
  );
});

it("so is TLS to a port that speaks none, and none to a port that does", async () => {
  const plain = await listening(createServer());
  expect(await refusal(`wss://localhost:${plain}/v1`)).toMatch(
    /TLS: the port does not speak TLS: use ws:\/\//,
  );
  const tls = await listening(createTlsServer(pair("server")).on("tlsClientError", () => {}));
  expect(await refusal(`ws://127.0.0.1:${tls}/v1`)).toMatch(/does the port speak TLS \(wss:\/\/\)/);
});

describe("a gateway's certificate", () => {
  const told = async (name: string, tls: TlsOptions, more: object = {}) => {
    const asked: IncomingMessage[] = [];
    const server = createTlsServer({ ...pair(name), ...more }, (request) => void asked.push(request));
    server.on("upgrade", (request: IncomingMessage) => void asked.push(request));
    const port = await listening(server.on("tlsClientError", () => {}));
    const message = await connect(`wss://localhost:${port}/v1`, {
      tls,
      token: "secret",
      connectTimeoutMs: 400,
    }).then(
      () => "connected",
      (error: Error) => error.message,
    );
    expect(asked).toEqual([]); // the token never left
    return message;
  };
  const ca = authority;

  it.each<[string, string, TlsOptions, RegExp]>([
    [
      "of another authority",
      "server",
      { ca: pem("other-authority.pem") },
      /No authority that is trusted here/,
    ],
    ["that expired", "expired", { ca }, /certificate has expired: whoever runs the gateway must renew it/],
    ["of another name", "other-name", { ca }, /The certificate is for a\.example, not for localhost/],
  ])("%s is told in a sentence", async (_, name, tls, words) => {
    expect(await told(name, tls)).toMatch(words);
  });

  it("is verified whatever the environment says", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await told("server", {})).toContain("TLS: certificate verify failed");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "that wants one of the client's is told, over %s",
    async (version) => {
      const asking = { requestCert: true, ca, minVersion: version, maxVersion: version };
      expect(await told("server", { ca }, asking)).toContain("asks for a client certificate");
      const stranger = { ca, ...pair("stranger") };
      expect(await told("server", stranger, asking)).toContain("may not accept this client's certificate");
    },
  );
});

it("certificates are for wss:// alone, and for Node alone", () => {
  expect(() => connect("ws://localhost:1/v1", { tls: { ca: authority } })).toThrow(
    /^tls: ws:\/\/localhost:1\/v1 is not encrypted: write wss:\/\//,
  );
  expect(() => connectOn(new ScriptedPlatform(), "wss://localhost:1/v1", { tls: {} })).toThrow(
    /^tls: in a page the browser decides/,
  );
});

const answers: readonly [string, string][] = [
  ["200 OK\r\nContent-Type: text/html", "HTTP 200: a web page in place of a WebSocket"],
  ["200 OK\r\nContent-Type: application/json", "HTTP 200: an ordinary answer in place of a WebSocket"],
  [
    "302 Found\r\nLocation: https://login.example/",
    "a redirect to https://login.example/ that is not followed",
  ],
  ["400 Bad Request", "HTTP 400: no valid request for a WebSocket arrived"],
  ["401 Unauthorized", "HTTP 401: the token is missing, wrong or expired"],
  ["403 Forbidden", "HTTP 403: this token may not connect"],
  ["404 Not Found", "HTTP 404: nothing is served at this path: the path of a gateway's address is /v1"],
  ["426 Upgrade Required", "HTTP 426: no request for a WebSocket arrived"],
  ["500 Internal Server Error", "HTTP 500: the gateway, or a proxy before it, failed"],
  ["502 Bad Gateway", "HTTP 502: a proxy answers, and the gateway behind it does not"],
  ["503 Service Unavailable", "HTTP 503: the gateway, or a proxy before it, takes no connection now"],
  ["504 Gateway Timeout", "HTTP 504: a proxy answers, and the gateway behind it does not"],
];

it.each(answers)("an HTTP answer %j is told with what it means and the address", async (head, words) => {
  const server = createServer();
  server.on("upgrade", (_, socket) => socket.end(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`));
  const url = `ws://127.0.0.1:${await listening(server)}/v1`;
  const told = await refusal(url);
  expect(told).toContain(words);
  expect(told).toContain(url);
});

it("nobody there and a name that is not known are told as that", async () => {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await refusal(`ws://127.0.0.1:${port}/v1`)).toContain("nothing listens there (connection refused)");
  expect(connectionErrorText(Object.assign(new Error("x"), { code: "ENOTFOUND" }), "ws://x/v1")).toMatch(
    /^DNS: /,
  );
});
