/** Foretells how the gateway may answer a connection, from the meaning of its messages in their order. */
import { limits } from "../../protocol/limits.js";
import type { WebSocketExpectation } from "./attack.js";
import { type Credential, fateOf, type TokenFate } from "./credentials.js";
import type { FramingViolation } from "./framing-violations.js";
import { type FrameMeaning, meaningOf } from "./message-oracle.js";

export interface PlannedSession {
  readonly messages: readonly Uint8Array[];
  /** The subprotocol that the gateway chooses, or "". */
  readonly chosen: string;
  readonly credential: Credential;
  readonly violation: FramingViolation | undefined;
  /** Whether the client reads nothing while it writes. */
  readonly deaf: boolean;
}

const malformed = 4400;
const badToken = 4401;
const noSubprotocol = 4406;
const tokenExpired = 4440;
const slowConsumer = 4480;
/** There was no close frame. */
const lost = 1006;

export function expectationOf(session: PlannedSession): WebSocketExpectation {
  const { chosen, credential, messages, violation, deaf } = session;
  const foretold = new Foretold(credential);
  // A second after its close frame the gateway ends the connection, and what the client has not read by then is lost.
  if (deaf) foretold.mayClose.add(lost);
  if (chosen === "") foretold.closes(noSubprotocol);
  else for (const message of messages) foretold.message(meaningOf(message, chosen));
  foretold.bytes(messages);
  if (violation !== undefined) foretold.violation(violation.closes);
  return {
    kind: "websocket",
    subprotocol: chosen,
    statuses: statusesOf(credential.headerFate),
    ids: [...foretold.ids],
    mustClose: foretold.mustClose,
    mayClose: [...foretold.mayClose],
    messageBytesMax: foretold.messageBytesMax,
  };
}

function statusesOf(fate: TokenFate | undefined): readonly number[] {
  if (fate === undefined || fate === "accepted") return [101];
  return fate === "refused" ? [401] : [101, 401];
}

class Foretold {
  readonly ids = new Map<number, number>();
  /** A subscriber that does not keep up may be closed at any time. */
  readonly mayClose = new Set<number>([slowConsumer]);
  mustClose: readonly number[] = [];
  messageBytesMax: number = limits.client_message_bytes_default;
  private greeted = false;

  constructor(private readonly credential: Credential) {
    if (credential.headerFate === "either") this.mayClose.add(tokenExpired);
  }

  /** Nothing after what closes a connection is looked at. */
  private get isOver(): boolean {
    return this.mustClose.length > 0;
  }

  closes(...codes: readonly number[]): void {
    if (!this.isOver) this.mustClose = codes; // no codes: nothing must be closed
  }

  message(frames: readonly FrameMeaning[] | undefined): void {
    if (this.isOver) return;
    // Invalid UTF-8 in a text is found by the socket itself (1007) or by the codec.
    if (frames === undefined) return this.closes(malformed, 1007);
    for (const frame of frames) this.frame(frame);
  }

  violation(codes: readonly number[]): void {
    // The socket finds it when it comes, and that may be before the messages ahead of it are read.
    const noise = [1002, 1007, 1009, malformed]; // it may mean anything, or the beginning of a frame
    if (this.isOver || codes.length === 0) for (const code of [...codes, ...noise]) this.mayClose.add(code);
    this.closes(...codes);
  }

  /** Before a token was accepted a socket may send 64 KiB, and more may be on the way with the `hello` that brings it. */
  bytes(messages: readonly Uint8Array[]): void {
    const sum = messages.reduce((total, { byteLength }) => total + byteLength, 0);
    if (this.credential.headerFate === undefined && sum > limits.unauthenticated_bytes_max / 2)
      this.mayClose.add(badToken);
  }

  private frame({ type, answerId, token, messageBytesMax }: FrameMeaning): void {
    if (this.isOver) return;
    if (!this.greeted) return this.greet(type, token, messageBytesMax);
    if (type === "hello") return this.closes(malformed);
    if (type === "refresh") this.mayClose.add(tokenExpired); // it may have brought a token that expires soon
    if (answerId === undefined) return;
    const count = (this.ids.get(answerId) ?? 0) + 1;
    this.ids.set(answerId, count);
    if (count > 1) this.mayClose.add(malformed); // the first may still be in flight
  }

  private greet(type: string, token: string | undefined, messageBytesMax: number | undefined): void {
    if (type !== "hello") return this.closes(malformed);
    const { headerFate } = this.credential;
    if (headerFate === undefined && fateOf(token) === "refused") return this.closes(badToken);
    this.greeted = true;
    this.messageBytesMax = messageBytesMax ?? limits.client_message_bytes_default;
  }
}
