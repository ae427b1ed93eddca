import type { Duplex } from "node:stream";
import WebSocket from "ws";
import type { EncodedMessage } from "../../protocol/codec.js";
import { connectionErrorText, refusalText } from "./connection-error-text.js";
import type { Platform, SocketClosure } from "./socket.js";

/** WebSockets under Node, by the library `ws`. */
export const nodePlatform: Platform = {
  seesPings: true,
  sendsHeaders: true,
  takesCertificates: true,
  setting: (name) => process.env[name],

  open({ url, subprotocol, token, maxMessageBytes, tls }, events) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, subprotocol, {
      headers,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      followRedirects: false,
      ...(tls && { ...tls, ca: typeof tls.ca === "object" ? [...tls.ca] : tls.ca }),
      rejectUnauthorized: true, // also where NODE_TLS_REJECT_UNAUTHORIZED is 0: the token is for the gateway alone
    });
    let isReported = false;
    const closed = (closing: SocketClosure) => {
      if (!isReported) events.closed(closing);
      isReported = true;
    };
    socket.on("open", () => events.opened(socket.protocol));
    socket.binaryType = "fragments"; // so that a large tensor, which comes as a fragment, is not copied
    let raw: Duplex | undefined;
    socket.on("upgrade", (response) => {
      raw = response.socket;
    });
    socket.on("message", (data: Buffer | Buffer[]) => events.message(data));
    socket.on("ping", () => events.alive());
    socket.on("unexpected-response", (request, response) => {
      request.destroy(); // with this listener `ws` neither ends the request nor emits "close"
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
      failure = connectionErrorText(error, url, tls?.cert !== undefined);
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

/** Sends parts as the fragments of one message, in one system call. Masking copies each part. */
function send(socket: WebSocket, raw: Duplex | undefined, message: EncodedMessage): void {
  if (!Array.isArray(message)) return socket.send(message, { binary: typeof message !== "string" });
  raw?.cork();
  message.forEach((part, i) => {
    socket.send(part, { binary: true, fin: i === message.length - 1 });
  });
  raw?.uncork();
}
