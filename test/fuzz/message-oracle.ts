/**
 * Says what a message means, by the codec and the parser applied to the whole of it at once. The gateway reads the same
 * bytes in pieces, between other connections' work, and must come to the same.
 */
import { codecOf } from "../../protocol/codecs.js";
import { ProtocolError } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import { parseClientFrame, RequestError } from "../../protocol/parse-client-frame.js";

export interface FrameMeaning {
  readonly type: string;
  /** The id that one terminal frame must carry; undefined where none is sent. */
  readonly answerId: number | undefined;
  /** Of a `hello`. */
  readonly token: string | undefined;
  readonly messageBytesMax: number | undefined;
}

const bounds = { bytesMax: limits.text_bytes_max, valuesMax: limits.text_values_max };
const withoutAnswer: ReadonlySet<string> = new Set(["hello", "cancel"]);

/** The frames of a message; undefined when the message closes its connection with 4400. */
export function meaningOf(message: Uint8Array, subprotocol: string): readonly FrameMeaning[] | undefined {
  const codec = codecOf(subprotocol);
  if (codec === undefined) throw new RangeError(`no codec for ${subprotocol}`);
  try {
    return codec.decode(message, bounds).map(({ value }) => meaningOfFrame(value, codec.form));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function meaningOfFrame(value: unknown, form: "binary" | "json"): FrameMeaning {
  try {
    const frame = parseClientFrame(value, form);
    return {
      type: frame.type,
      answerId: "id" in frame && !withoutAnswer.has(frame.type) ? frame.id : undefined,
      token: frame.type === "hello" ? frame.token : undefined,
      messageBytesMax: frame.type === "hello" ? frame.max_message_bytes : undefined,
    };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { type: "refused", answerId: error.id, token: undefined, messageBytesMax: undefined };
  }
}
