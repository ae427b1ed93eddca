/** What a client says of a way that leads to no gateway, and that its token goes nowhere else. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
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
