/**
 * Sockets that send requests and never read: their answers pile up in the gateway until the gateway closes the
 * socket.
 */
import WebSocket from "ws";
import { toWire } from "../../protocol/tensor.js";
import { BareClient } from "../harness/bare-client.js";
import { inputOf } from "./asking.js";
import type { Target } from "./gateway.js";
import type { GroupOf } from "./scenario.js";

type DeafGroup = GroupOf<"deaf">;

/** Resolves at the end of the time with the number of sockets that the gateway closed, by close code. */
export async function askDeaf(
  group: DeafGroup,
  target: Target,
  endsIn: number,
): Promise<Record<string, number>> {
  const sockets = await Promise.all(Array.from({ length: group.sockets }, () => openDeaf(group, target)));
  const closes: Record<string, number> = {};
  for (const socket of sockets)
    socket.on("close", (code) => {
      closes[code] = (closes[code] ?? 0) + 1;
    });
  await new Promise((resolve) => setTimeout(resolve, endsIn));
  for (const socket of sockets) socket.resume(); // Reads again, because a close frame may be waiting in the socket
  await new Promise((resolve) => setTimeout(resolve, 500));
  const open = sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length;
  for (const socket of sockets) socket.terminate();
  return open > 0 ? { ...closes, "still open": open } : closes;
}

async function openDeaf(group: DeafGroup, target: Target): Promise<WebSocket> {
  const client = await BareClient.welcomed(target.url, target.token(group.tenant));
  const { socket } = client;
  socket.pause();
  for (let id = 1; id <= group.asks && socket.readyState === WebSocket.OPEN; id++) {
    const X = toWire(inputOf(group, id));
    const { model, timeout_ms } = group;
    client.send({ type: "infer", id, model, timeout_ms, inputs: { X } });
    // Pauses now and then, to stay within the credits.
    if (id % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return socket;
}
