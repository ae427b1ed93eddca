/** The fuzzer must notice a gateway that errs: here are servers that do. */
import { createServer, type Server, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AddressInfo, WebSocket } from "ws";
import { WebSocketServer } from "ws";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { codec, messageOf } from "../support/transport.js";
import type { Attack } from "./attack.js";
import { frameOf, opcodes } from "./framing.js";
import { Random } from "./random.js";
import { runAttack } from "./run-attack.js";

const binary = (frames: readonly unknown[]) =>
  Buffer.concat(
    [messageOf(codec(), frames as ClientFrame[])].flat().map((part) => Buffer.from(part as Uint8Array)),
  );

const upgrade = Buffer.from(
  [
    "GET /v1 HTTP/1.1",
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
    "Sec-WebSocket-Protocol: headgate.v1.msgpack",
    "\r\n",
  ].join("\r\n"),
);

const asking: Attack = {
  number: 1,
  kind: "websocket",
  name: "two requests",
  size: 3,
  writes: [upgrade, frameOf(binary([{ type: "hello" }]), { opcode: opcodes.binary }, new Random(1))],
  deaf: false,
  ending: "answers",
  expected: {
    kind: "websocket",
    subprotocol: "headgate.v1.msgpack",
    statuses: [101],
    ids: [
      [1, 1],
      [2, 1],
    ],
    mustClose: [],
    mayClose: [],
    messageBytesMax: 1_024,
  },
};

const welcome: GatewayFrame = {
  type: "welcome",
  connection: "c",
  epoch: "e",
  server: "s",
  features: [],
  ping_ms: 1,
  pong_ms: 1,
  credits: 1,
  limits: {},
};
const ack = (id: number, filler = "") => ({ type: "ack", id, filler });
const internal = {
  type: "error",
  id: 1,
  code: "internal",
  message: "m",
  retryable: false,
  processed: "maybe",
};

/** What is found of a gateway that answers the first message so. */
async function foundOf(answer: (socket: WebSocket) => void, attack = asking): Promise<readonly string[]> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  server.on("connection", (socket) => socket.once("message", () => answer(socket)));
  await new Promise((resolve) => server.once("listening", resolve));
  return (await runAttack((server.address() as AddressInfo).port, attack)).problems;
}

const says =
  (...frames: readonly unknown[]) =>
  (socket: WebSocket) =>
    socket.send(binary(frames));

describe("an attack on a WebSocket", () => {
  it("finds nothing where every request has one answer", async () => {
    expect(await foundOf(says(welcome, ack(2), ack(1)))).toEqual([]);
  });

  it.each([
    ["a second answer", says(welcome, ack(1), ack(1), ack(2)), /id 1 has one terminal frame too many/],
    ["an answer to nothing", says(welcome, ack(3), ack(1), ack(2)), /id 3 has/],
    ["an internal error", says(welcome, internal, ack(2)), /an internal error/],
    ["an answer before the welcome", says(ack(1), welcome, ack(2)), /ack before or after welcome/],
    ["too big a message", says(welcome, ack(1, "x".repeat(2_000)), ack(2)), /the client takes 1024/],
    ["a close without a reason to", (socket: WebSocket) => socket.close(1011), /closed with 1011/],
    ["a lost connection", (socket: WebSocket) => socket.terminate(), /closed with 1006/],
    ["text in the binary form", (socket: WebSocket) => socket.send("x"), /opcode 1/],
    [
      "a path in an error",
      says(welcome, { ...internal, code: "not_found", message: "/home/x" }, ack(2)),
      /tells of/,
    ],
  ])("finds %s", async (_, answer, problem) => {
    const closing = (socket: WebSocket) => {
      answer(socket);
      if (socket.readyState === socket.OPEN) socket.close(1000);
    };
    expect((await foundOf(closing)).join("\n")).toMatch(problem);
  });

  it.each([
    [[101], /closed with 1006/],
    [[401], /^$/],
    [[101, 401], /^$/], // a token that expires meanwhile
  ])(
    "where the upgrade may be answered with %j, a reset without an answer brings %s",
    async (statuses, problem) => {
      const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void server.close());
      const attack = { ...asking, expected: { ...asking.expected, statuses } as Attack["expected"] };
      const { problems } = await runAttack((server.address() as AddressInfo).port, attack);
      expect(problems.join("\n")).toMatch(problem);
    },
  );

  it("finds that a connection which must be closed is closed with another code", async () => {
    const expected = { ...asking.expected, mustClose: [4400] } as Attack["expected"];
    const found = await foundOf((socket) => socket.close(4401), { ...asking, expected });
    expect(found).toEqual(["closed with 4401, allowed is 4400"]);
  });
});

describe("an attack over HTTP", () => {
  const request: Attack = {
    ...asking,
    kind: "http",
    writes: [Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ending: "end",
    expected: { kind: "http", least: 1, most: 1 },
  };

  async function foundOf(answer: string): Promise<readonly string[]> {
    const server: Server = createServer((socket: Socket) => socket.on("data", () => socket.end(answer)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    return (await runAttack((server.address() as AddressInfo).port, request)).problems;
  }

  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  it("finds nothing in one answer with a documented status", async () => {
    expect(await foundOf(ok)).toEqual([]);
    expect(
      await foundOf("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"),
    ).toEqual([]);
  });

  it.each([
    ["a server's error", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", /HTTP 500/],
    ["two answers to one request", ok + ok, /2 answers to what asks for 1 to 1/],
    ["no answer", "", /0 answers/],
  ])("finds %s", async (_, answer, problem) => {
    expect((await foundOf(answer)).join("\n")).toMatch(problem);
  });
});
