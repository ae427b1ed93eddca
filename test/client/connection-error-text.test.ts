/** What a client says of a way that leads to no gateway, and that its token goes nowhere else. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { connectionErrorText } from "../../client/typescript/connection-error-text.js";
import { connect } from "../../client/typescript/index.js";
import { cert, key } from "../support/tls.js";

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
  const port = await listening(createTlsServer({ key, cert }));
  expect(await refusal(`wss://localhost:${port}/v1`)).toMatch(/TLS: certificate verify failed: self-signed/);
});

it("so is TLS to a port that speaks none, and none to a port that does", async () => {
  const plain = await listening(createServer());
  expect(await refusal(`wss://localhost:${plain}/v1`)).toMatch(
    /TLS: the port does not speak TLS: use ws:\/\//,
  );
  const tls = await listening(createTlsServer({ key, cert }).on("tlsClientError", () => {}));
  expect(await refusal(`ws://127.0.0.1:${tls}/v1`)).toMatch(/does the port speak TLS \(wss:\/\/\)/);
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
