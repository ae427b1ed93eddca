/** The bytes of an unauthenticated or closing socket are counted at the network, before `ws` stores any of them. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { WebSocketTransport } from "../../gateway/faces/websocket/websocket.js";
import { RawPeer, rawFrame, upgradeRequest } from "../support/raw-peer.js";
import { until } from "../support/until.js";

const budget = 64 * 1024;
/** The limit is exceeded by at most one chunk of a TCP socket. */
const chunk = 64 * 1024;

/** The gateway's side of a connection whose peer sends 8 MiB of one message that does not end. */
async function flooded(prepare: (transport: WebSocketTransport) => void) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const connected = once(server, "connection");
  const peer = await RawPeer.open(port, upgradeRequest());
  onTestFinished(() => peer.destroy());
  const [socket, request] = (await connected) as [WebSocket, { socket: Socket }];
  const raw = request.socket;
  socket.on("error", () => {});
  prepare(new WebSocketTransport(socket, raw));
  peer.write(rawFrame(new Uint8Array(1), { fin: false }));
  for (let i = 0; i < 8; i++) peer.write(rawFrame(new Uint8Array(1_048_576), { opcode: 0, fin: false }));
  return { socket, raw, peer };
}

it("before a token: the budget and not more, however long it stays", async () => {
  let exceeded = 0;
  const { raw } = await flooded((transport) => transport.boundIntake(() => exceeded++));
  await until(async () => expect(exceeded).toBeGreaterThan(0));
  await new Promise((resolve) => setTimeout(resolve, 100)); // nothing more is read afterwards
  expect(raw.bytesRead).toBeLessThanOrEqual(budget + 2 * chunk);
  expect(exceeded).toBe(1);
});

it("after our close frame: the budget, and then the end", async () => {
  const { raw, socket, peer } = await flooded((transport) => transport.close(1001, "going"));
  const read = once(raw, "close").then(() => raw.bytesRead);
  expect(await peer.closeCode()).toBe(1001);
  expect(await read).toBeLessThanOrEqual(budget + 2 * chunk);
  expect(socket.readyState).toBe(socket.CLOSED);
});

it("with a token: all of it", async () => {
  const { raw } = await flooded((transport) => {
    transport.boundIntake(() => {});
    transport.freeIntake();
  });
  await until(async () => expect(raw.bytesRead).toBeGreaterThan(8 * 1_048_576));
});
