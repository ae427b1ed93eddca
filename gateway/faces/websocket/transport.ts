/** The interface of a socket for a session, small enough to replace in tests. */
import type { EncodedMessage } from "../../../protocol/codec.js";
import type { CloseCode } from "../../../protocol/errors.js";

export interface Transport {
  /** Sends a message; `sent` is called once the network has accepted it. */
  send(message: EncodedMessage, sent: () => void): void;
  /** Bytes that wait for the network. */
  readonly bufferedBytes: number;
  /**
   * All bytes received so far, including those of incomplete messages: a peer that sends a large message slowly is
   * alive.
   */
  readonly receivedBytes: number;
  /** All bytes that were written to the network so far. */
  readonly sentBytes: number;
  /** Stops reading the socket; data that was already read may still be delivered. */
  pause(): void;
  resume(): void;
  ping(): void;
  close(code: CloseCode, reason: string): void;
}
