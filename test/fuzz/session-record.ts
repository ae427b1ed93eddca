/** What came on the WebSocket of an attack, and what of it is not as PROTOCOL.md says. */
import { codecOf } from "../../protocol/codecs.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import type { WebSocketExpectation } from "./attack.js";
import type { GatewayMessage } from "./attack-socket.js";
import { opcodes } from "./framing.js";

const terminal: ReadonlySet<string> = new Set(["result", "ack", "error"]);

export class SessionRecord {
  /** How often each id still has to be answered. */
  readonly open: Map<number, number>;
  readonly problems: string[] = [];
  /** Answers by their code: `result`, `ack`, or the code of the error. */
  readonly counts = new Map<string, number>();
  private welcomed = false;
  private left: number;

  constructor(private readonly expected: WebSocketExpectation) {
    this.open = new Map(expected.ids);
    this.left = expected.ids.reduce((sum, [, count]) => sum + count, 0);
  }

  /** Whether everything expected has come. */
  get complete(): boolean {
    return this.left === 0;
  }

  take({ opcode, payload }: GatewayMessage): void {
    const codec = codecOf(this.expected.subprotocol);
    if (codec === undefined) return this.problem("a message came although no subprotocol was agreed");
    if (opcode !== (codec.form === "json" ? opcodes.text : opcodes.binary)) this.problem(`opcode ${opcode}`);
    if (payload.length > this.expected.messageBytesMax)
      this.problem(`a message of ${payload.length} bytes, the client takes ${this.expected.messageBytesMax}`);
    try {
      for (const { value } of codec.decode(payload)) this.frame(parseGatewayFrame(value, codec.form));
    } catch (error) {
      this.problem(`a message that cannot be read: ${String(error)}`);
    }
  }

  private frame(frame: ReturnType<typeof parseGatewayFrame>): void {
    if (frame === undefined) return this.problem("a frame of an unknown type");
    if ((frame.type === "welcome") === this.welcomed) this.problem(`${frame.type} before or after welcome`);
    if (frame.type === "welcome") this.welcomed = true;
    const kind = frame.type === "error" ? frame.code : frame.type;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (kind === "internal") this.problem(`an internal error: ${JSON.stringify(frame)}`);
    if (frame.type === "error" && /\/(home|work|tmp|usr)\/|node_modules|\n {4}at /.test(frame.message))
      this.problem(`an error tells of the machine: ${frame.message}`);
    if (terminal.has(frame.type) && "id" in frame && frame.id !== undefined) this.answered(frame.id);
  }

  private answered(id: number): void {
    const count = this.open.get(id);
    if (count === undefined || count === 0) return this.problem(`id ${id} has one terminal frame too many`);
    this.open.set(id, count - 1);
    this.left--;
  }

  private problem(what: string): void {
    if (this.problems.length < 20) this.problems.push(what);
  }
}
