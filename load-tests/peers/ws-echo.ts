/**
 * The lower bound for any WebSocket server in Node: bare `ws` that sends each message back. Start: `node
 * dist/load-tests/peers/ws-echo.js`.
 */
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
server.on("connection", (socket) => {
  socket.on("message", (data: Buffer, isBinary) => socket.send(data, { binary: isBinary }));
});
process.once("SIGTERM", () => process.exit(0));
