/** An attack on one connection: what is written, and what the gateway may answer. Plain data, kept for a replay. */

export interface Attack {
  /** Its number in the run. With the run's seed it says everything about the attack. */
  readonly number: number;
  readonly kind: "websocket" | "http";
  /** What the attack does, in a word or two. */
  readonly name: string;
  /** Frames or HTTP requests in it. */
  readonly size: number;
  /** Written one after another, with a turn of the event loop between two. */
  readonly writes: readonly Buffer[];
  /** Reads nothing that the gateway sends, until the ending. */
  readonly deaf: boolean;
  /**
   * `answers`: waits until everything expected has come, then closes; `end`: ends its side of the connection and
   * waits for the gateway to end the other; `hold`: waits for the gateway to end it; `reset`: leaves without a word.
   */
  readonly ending: "answers" | "end" | "hold" | "reset";
  readonly expected: WebSocketExpectation | HttpExpectation;
}

export interface WebSocketExpectation {
  readonly kind: "websocket";
  readonly subprotocol: string;
  /** The statuses that may answer the upgrade. */
  readonly statuses: readonly number[];
  /** How often each id was sent in a request: as many terminal frames must come, or fewer where it closes. */
  readonly ids: readonly (readonly [id: number, count: number])[];
  /** The codes with which the gateway must close by itself; empty: it must not close. */
  readonly mustClose: readonly number[];
  /** The codes with which it may close, and may also not. */
  readonly mayClose: readonly number[];
  /** The biggest message that the gateway may send. */
  readonly messageBytesMax: number;
}

export interface HttpExpectation {
  readonly kind: "http";
  /** The number of answers at least and at most. The connection may also end without one where `least` is 0. */
  readonly least: number;
  readonly most: number;
}

/** The attack as JSON: bytes in base64. */
export function attackText(attack: Attack): string {
  const { writes, ...rest } = attack;
  return JSON.stringify({ ...rest, writes: writes.map((each) => each.toString("base64")) }, null, 1);
}

/** @throws SyntaxError when the text is no attack that `attackText` wrote */
export function attackFrom(text: string): Attack {
  const read = JSON.parse(text) as Omit<Attack, "writes"> & { readonly writes: readonly string[] };
  return { ...read, writes: read.writes.map((each) => Buffer.from(each, "base64")) };
}
