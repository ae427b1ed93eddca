/** The lower bound for a fan-out in Node: bare `ws` that sends each message of one socket to all others in a loop. */
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("listening", () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
server.on("connection", (socket) => {
  socket.on("message", (data: Buffer) => {
    for (const client of server.clients) if (client !== socket) client.send(data);
  });
});
process.once("SIGTERM", () => process.exit(0));
