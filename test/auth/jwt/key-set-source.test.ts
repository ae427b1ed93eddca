/** Reading a key set from a server on this machine, with the platform's own `fetch`. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { KeySetError } from "../../../gateway/auth/jwt/key-set-error.js";
import { keySetAt } from "../../../gateway/auth/jwt/key-set-source.js";
import { keySetLimits } from "../../../gateway/config/issuers.js";

let server: Server;
let url: string;
let answer: (response: ServerResponse) => void;
let paths: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url);
    answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  paths = [];
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const read = (signal = new AbortController().signal) => keySetAt(`${url}/jwks.json`, fetch).read(signal);

/** The outcome that the metric counts. */
const outcome = (signal?: AbortSignal) =>
  read(signal).then(
    () => "read",
    (error: unknown) => (error instanceof KeySetError ? error.outcome : String(error)),
  );

it("gives the text of the answer", async () => {
  answer = (response) => response.end('{"keys":[]}');
  expect(await read()).toBe('{"keys":[]}');
});

it("does not follow a redirect", async () => {
  answer = (response) => response.writeHead(302, { location: "/other.json" }).end();
  expect(await outcome()).toBe("redirect");
  expect(paths).toEqual(["/jwks.json"]);
});

it("refuses other statuses, whatever comes with them", async () => {
  for (const status of [201, 204, 401, 404, 500]) {
    answer = (response) => response.writeHead(status).end(status === 204 ? undefined : '{"keys":[]}');
    expect(await outcome()).toBe("status");
  }
});

it("stops reading a body that is longer than allowed, announced or not", async () => {
  answer = (response) => response.writeHead(200, { "content-length": 10 ** 9 }).write("{");
  expect(await outcome()).toBe("too_large");
  let sent = 0;
  answer = (response) => {
    const chunk = Buffer.alloc(16_384, " ");
    const more = () => {
      if (response.destroyed) return;
      sent += chunk.byteLength;
      response.write(chunk, () => setImmediate(more));
    };
    more();
  };
  expect(await outcome()).toBe("too_large");
  // What is beyond the limit lies in the buffers of the two sockets.
  expect(sent).toBeLessThan(keySetLimits.bytes_max + 16 * 1024 ** 2);
});

it("tells that nobody answers, with the system's reason", async () => {
  answer = (response) => response.destroy();
  expect(await outcome()).toBe("unreachable");
  answer = (response) => {
    response.writeHead(200, { "content-length": 100 }).write("{");
    setImmediate(() => response.destroy());
  };
  expect(await outcome()).toBe("unreachable");
  await expect(keySetAt("http://127.0.0.1:1/", fetch).read(new AbortController().signal)).rejects.toThrow(
    /ECONNREFUSED|bad port/,
  );
});

it("ends with the signal's reason, before the headers and within the body", async () => {
  for (const beginning of [undefined, '{"keys":'] as const) {
    const giving = new AbortController();
    answer = (response) => {
      if (beginning !== undefined) response.write(beginning);
      setImmediate(() => giving.abort(new KeySetError("timeout", "no answer")));
    };
    expect(await outcome(giving.signal)).toBe("timeout");
  }
});
