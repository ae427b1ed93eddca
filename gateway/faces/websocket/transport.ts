/** What a session needs of a socket. The session is the system, the transport is small. */
import type { EncodedMessage } from "../../../protocol/codec.js";
import type { CloseCode } from "../../../protocol/errors.js";

export interface Transport {
  /** Hands a message over; `sent` is called once it has left for the network. */
  send(message: EncodedMessage, sent: () => void): void;
  /** Bytes handed over that have not left. */
  readonly bufferedBytes: number;
  /** Bytes that ever arrived, of messages that are not whole yet too: a slow big message is no dead peer. */
  readonly receivedBytes: number;
  /** Stops reading the socket for a while; what was read already may still come. */
  pause(): void;
  resume(): void;
  ping(): void;
  close(code: CloseCode, reason: string): void;
}
