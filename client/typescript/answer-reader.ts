/**
 * Reads the messages of a gateway: results by their template where there is one that fits, and everything else by the
 * general reader, which results teach templates. Both read the same frames from the same bytes.
 */
import type { Codec, Message } from "../../protocol/codec.js";
import { ProtocolError } from "../../protocol/errors.js";
import type { Fields } from "../../protocol/fields.js";
import type { GatewayFrame, ResultFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import { MessageCursor, ResultTemplate } from "./result-template.js";
import { TemplateList } from "./template-list.js";

/** Larger results are numbers for the most part, which nobody reads one by one. */
const templateBytesMax = 8_192;

export class AnswerReader {
  private readonly templates = new TemplateList<ResultTemplate>();

  constructor(private readonly codec: Codec) {}

  /**
   * Calls `each` with the frames of a message, in order; those of unknown types are left out.
   * @throws ProtocolError when the rest of the message is not a sequence of frames
   */
  read(message: Message, each: (frame: GatewayFrame) => void): void {
    const whole =
      message instanceof Uint8Array || message.length !== 1 ? message : (message[0] as Uint8Array);
    if (this.codec.form === "json" || !(whole instanceof Uint8Array)) return this.readRest(whole, each);
    const read = this.templates.items.length === 0 ? 0 : this.readKnown(whole, each);
    if (read === 0 || read < whole.length) this.readRest(read === 0 ? whole : whole.subarray(read), each);
  }

  /** Reads results as long as templates fit. @returns how many bytes they took */
  private readKnown(message: Uint8Array, each: (frame: GatewayFrame) => void): number {
    const cursor = new MessageCursor(message);
    for (let count = 0; cursor.at < message.length; count++) {
      const frame = this.known(cursor);
      if (frame === undefined) break;
      if (count === limits.message_frames_max)
        throw new ProtocolError(`more than ${limits.message_frames_max} frames in a message`);
      each(frame);
    }
    return cursor.at;
  }

  private known(cursor: MessageCursor): ResultFrame | undefined {
    const start = cursor.at;
    const { items } = this.templates;
    for (let i = 0; i < items.length; i++) {
      const frame = (items[i] as ResultTemplate).read(cursor);
      if (frame !== undefined) {
        this.templates.fitted(i);
        return frame;
      }
      cursor.at = start;
    }
    return undefined;
  }

  private readRest(message: Message, each: (frame: GatewayFrame) => void): void {
    let at = 0;
    for (const { value, bytes } of this.codec.decode(message)) {
      const frame = parseGatewayFrame(value, this.codec.form);
      const start = at;
      at += bytes;
      if (frame === undefined) continue;
      if (frame.type === "result" && message instanceof Uint8Array && this.codec.form === "binary")
        this.learn(value as Fields, frame, message.subarray(start, at));
      each(frame);
    }
  }

  /** A template is kept when it reads from these bytes what it is to read. */
  private learn(value: Fields, frame: ResultFrame, bytes: Uint8Array): void {
    if (bytes.length > templateBytesMax || !this.templates.isWanted) return;
    const template = ResultTemplate.of(value, frame);
    if (template === undefined) return;
    const cursor = new MessageCursor(bytes);
    if (template.read(cursor) !== undefined && cursor.at === bytes.length) this.templates.add(template);
  }
}
