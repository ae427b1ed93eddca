/** The same work as `first-answer.ts` with only the `ws` library. */
import WebSocket from "ws";
import { sayStart } from "./say-start.js";

const socket = new WebSocket(process.argv[2] ?? "");
socket.on("open", () => socket.send("ping"));
socket.on("message", () => {
  sayStart();
  socket.close();
});
