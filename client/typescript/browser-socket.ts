import { joined } from "../../protocol/parts.js";
import type { Platform } from "./socket.js";

const couldNotConnect =
  "the browser could not connect, and tells pages no cause: is the gateway running, is the address right, and does " +
  "its list of allowed origins have this page's?";
const nobodyAnswered =
  "nobody answered in time: check the address, whether a firewall drops the packets, and whether the gateway hangs";

/** The browser's own WebSocket. It can send no headers, so the token travels in `hello`. */
export const browserPlatform: Platform = {
  seesPings: false,
  sendsHeaders: false,
  takesCertificates: false,
  setting: () => undefined,

  open({ url, subprotocol }, events) {
    const socket = new WebSocket(url, subprotocol);
    socket.binaryType = "arraybuffer";
    const text = new TextEncoder();
    socket.onopen = () => {
      isOpen = true;
      events.opened(socket.protocol);
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) =>
      events.message(typeof data === "string" ? text.encode(data) : new Uint8Array(data));
    let isReported = false;
    let isOpen = false;
    const closed = (code: number, reason: string) => {
      if (!isReported) events.closed({ code, reason: reason || (isOpen ? "" : couldNotConnect) });
      isReported = true;
    };
    socket.onclose = ({ code, reason }) => closed(code, reason);
    return {
      // TypeScript's DOM types do not know that these bytes are never shared memory.
      send: (message) => {
        const whole = Array.isArray(message) ? joined(message) : message;
        socket.send(whole as string | Uint8Array<ArrayBuffer>);
      },
      close: () => socket.close(1000),
      terminate: () => {
        socket.close();
        closed(1006, isOpen ? "the gateway gave no sign of life" : nobodyAnswered);
      },
    };
  },
};
