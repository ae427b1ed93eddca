/** What the client needs of a WebSocket; Node and browsers each have theirs. */
import type { EncodedMessage, Message } from "../../protocol/codec.js";
import type { TlsOptions } from "./options.js";

export interface SocketEvents {
  readonly opened: (subprotocol: string) => void;
  readonly message: (data: Message) => void;
  /** A ping of the gateway; browsers do not show them. */
  readonly alive: () => void;
  /** Is called exactly once, whether the socket ever opened or not. */
  readonly closed: (closed: SocketClosure) => void;
}

export interface SocketClosure {
  /** WebSocket close code; 1006 when there was none. */
  readonly code: number;
  readonly reason: string;
  /** HTTP status of a refused upgrade. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

export interface Socket {
  /** Copies large parts before it returns, because their owner may change them at once. */
  send(message: EncodedMessage): void;
  close(): void;
  /** Ends the connection without a closing handshake, because the peer seems to be dead. */
  terminate(): void;
}

export interface SocketSetup {
  readonly url: string;
  readonly subprotocol: string;
  readonly token: string | undefined;
  readonly maxMessageBytes: number;
  /** Undefined: as the platform decides. */
  readonly tls: TlsOptions | undefined;
}

export interface Platform {
  readonly open: (setup: SocketSetup, events: SocketEvents) => Socket;
  /** A setting of the environment, where there is one. */
  readonly setting: (name: "HEADGATE_URL" | "HEADGATE_TOKEN") => string | undefined;
  /** Whether the client chooses whom it trusts and which certificate it shows. */
  readonly takesCertificates: boolean;
  /** Whether pings are seen: then silence means a dead peer. */
  readonly seesPings: boolean;
  /** Whether the token can travel in the upgrade's headers; else it goes into `hello`. */
  readonly sendsHeaders: boolean;
}
