/** A platform of the TypeScript client whose gateway the test controls. */
import type { Platform, SocketEvents } from "../../client/typescript/socket.js";
import type { ClientFrame, GatewayFrame, WelcomeFrame } from "../../protocol/frames.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { codec, messageOfGateway } from "./transport.js";

const welcome: WelcomeFrame = {
  type: "welcome",
  connection: "c1",
  epoch: "e",
  server: "s",
  features: [],
  ping_ms: 1_000,
  pong_ms: 1_000,
  credits: 10,
  limits: {},
};

export class ScriptedPlatform implements Platform {
  readonly seesPings = false;
  readonly sendsHeaders = true;
  readonly takesCertificates = false;
  /** The token of each attempt to connect. */
  readonly tokens: (string | undefined)[] = [];
  /** The frames that the client sent, without its `hello`. */
  readonly sent: ClientFrame[] = [];
  private events: SocketEvents | undefined;
  private readonly codec = codec();

  readonly setting = (): undefined => undefined;

  readonly open: Platform["open"] = ({ token }, events) => {
    this.tokens.push(token);
    this.events = events;
    return {
      send: (message) => {
        const bytes = Buffer.concat([message].flat().map((part) => Buffer.from(part)));
        for (const { value } of this.codec.decode(bytes)) {
          const frame = parseClientFrame(value, this.codec.form);
          if (frame !== undefined && frame.type !== "hello") this.sent.push(frame);
        }
      },
      close: () => this.lose("", 1000),
      terminate: () => this.lose("terminated"),
    };
  };

  /** The gateway accepts the connection. */
  greet(fields: Partial<WelcomeFrame> = {}): void {
    this.events?.opened("headgate.v1.msgpack");
    this.send({ ...welcome, ...fields });
  }

  send(...frames: GatewayFrame[]): void {
    this.events?.message(messageOfGateway(this.codec, frames));
  }

  /** The connection is lost, or could not be opened. */
  lose(reason: string, code = 1006, status?: number): void {
    this.events?.closed({ code, reason, ...(status !== undefined && { status }) });
  }

  /** The last frame of this type that the client sent. */
  last<T extends ClientFrame["type"]>(type: T): Extract<ClientFrame, { type: T }> {
    const found = this.sent.findLast((frame) => frame.type === type);
    if (found === undefined) throw new Error(`the client sent no ${type}`);
    return found as Extract<ClientFrame, { type: T }>;
  }
}
