/**
 * A transport that the test controls: it keeps the messages that were sent, and passes them to the network when the
 * test says so.
 */

import type { Transport } from "../../gateway/faces/websocket/transport.js";
import type { Codec, EncodedMessage } from "../../protocol/codec.js";
import { codecOf } from "../../protocol/codecs.js";
import type { CloseCode } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import { joined } from "../../protocol/parts.js";

export function codec(subprotocol = "headgate.v1.msgpack"): Codec {
  const found = codecOf(subprotocol);
  if (found === undefined) throw new Error(`no codec ${subprotocol}`);
  return found;
}

export class ScriptedTransport implements Transport {
  readonly messages: EncodedMessage[] = [];
  readonly closes: { readonly code: CloseCode; readonly reason: string }[] = [];
  pings = 0;
  receivedBytes = 0;
  paused = false;
  /** While it is true, no message reaches the network. */
  stuck = false;
  private readonly waiting: { readonly bytes: number; readonly sent: () => void }[] = [];

  constructor(readonly codec: Codec) {}

  get bufferedBytes(): number {
    return this.waiting.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get sentBytes(): number {
    return this.messages.reduce((sum, message) => sum + this.codec.size(message), 0);
  }

  send(message: EncodedMessage, sent: () => void): void {
    this.messages.push(message);
    if (this.stuck) this.waiting.push({ bytes: this.codec.size(message), sent });
    else sent();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  ping(): void {
    this.pings++;
  }

  close(code: CloseCode, reason: string): void {
    this.closes.push({ code, reason });
  }

  /** Passes this many messages to the network. Default: all that wait. */
  leave(count: number = this.waiting.length): void {
    for (const { sent } of this.waiting.splice(0, count)) sent();
  }

  /** The frames of each message, as a client reads them. */
  get batches(): GatewayFrame[][] {
    return this.messages.map((message) => framesOf(this.codec, message));
  }

  get frames(): GatewayFrame[] {
    return this.batches.flat();
  }
}

export function framesOf(of: Codec, message: EncodedMessage): GatewayFrame[] {
  return of
    .decode(typeof message === "string" ? new TextEncoder().encode(message) : message)
    .map(({ value }) => {
      const frame = parseGatewayFrame(value, of.form);
      if (frame === undefined) throw new Error(`no frame of the gateway: ${JSON.stringify(value)}`);
      return frame;
    });
}

/** Encodes a client's frames as one message. */
export function messageOf(of: Codec, frames: readonly ClientFrame[]): Uint8Array {
  return bytesOf(of, frames);
}

/** Encodes a gateway's frames as one message. */
export function messageOfGateway(of: Codec, frames: readonly GatewayFrame[]): Uint8Array {
  return bytesOf(of, frames);
}

function bytesOf(of: Codec, frames: readonly (ClientFrame | GatewayFrame)[]): Uint8Array {
  const message = of.join(frames.map((frame) => of.encode(frame)));
  if (typeof message === "string") return new TextEncoder().encode(message);
  return message instanceof Uint8Array ? message : joined(message);
}
