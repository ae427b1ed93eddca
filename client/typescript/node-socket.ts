import type { Duplex } from "node:stream";
import WebSocket from "ws";
import type { EncodedMessage } from "../../protocol/codec.js";
import { connectionErrorText, refusalText } from "./connection-error-text.js";
import type { Platform, SocketClosure } from "./socket.js";

/** `ws` under Node. */
export const nodePlatform: Platform = {
  seesPings: true,
  sendsHeaders: true,
  setting: (name) => process.env[name],

  open({ url, subprotocol, token, maxMessageBytes }, events) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, subprotocol, {
      headers,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      followRedirects: false,
    });
    let told = false;
    const closed = (closing: SocketClosure) => {
      if (!told) events.closed(closing);
      told = true;
    };
    socket.on("open", () => events.opened(socket.protocol));
    socket.binaryType = "fragments"; // a large tensor that came as a fragment is not copied
    let raw: Duplex | undefined;
    socket.on("upgrade", (response) => {
      raw = response.socket;
    });
    socket.on("message", (data: Buffer | Buffer[]) => events.message(data));
    socket.on("ping", () => events.alive());
    socket.on("unexpected-response", (request, response) => {
      request.destroy(); // with this listener `ws` leaves the end to us, and tells nothing more
      const retryAfter = Number(response.headers["retry-after"]);
      closed({
        code: 1006,
        reason: refusalText(response),
        status: response.statusCode ?? 0,
        ...(Number.isFinite(retryAfter) && { retryAfterMs: retryAfter * 1_000 }),
      });
    });
    let failure = "";
    socket.on("error", (error) => {
      failure = connectionErrorText(error, url);
      if (socket.readyState === socket.CLOSED) closed({ code: 1006, reason: failure });
    });
    socket.on("close", (code, reason) => closed({ code, reason: reason.toString() || failure }));
    return {
      send: (message) => send(socket, raw, message),
      close: () => socket.close(1000),
      terminate: () => socket.terminate(),
    };
  },
};

/** Parts are fragments of one message, in one system call. Masking copies each. */
function send(socket: WebSocket, raw: Duplex | undefined, message: EncodedMessage): void {
  if (!Array.isArray(message)) return socket.send(message, { binary: typeof message !== "string" });
  raw?.cork();
  message.forEach((part, i) => {
    socket.send(part, { binary: true, fin: i === message.length - 1 });
  });
  raw?.uncork();
}
