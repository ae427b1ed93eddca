/** A well-behaved client without the client library: it sees every frame that the gateway sends. */
import WebSocket from "ws";
import { bytesOf } from "../../load-tests/harness/echo.js";
import { codecOf } from "../../protocol/codecs.js";
import type { ClientFrame, EventFrame, GatewayFrame, SnapshotFrame } from "../../protocol/frames.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";

/** Far more than any answer takes, on a machine that does much else. */
const patienceMs = 120_000;

type Request = ClientFrame & { readonly id?: number };

export class WitnessClient {
  /** The events and snapshots that came, in their order. */
  readonly pushed: (EventFrame | SnapshotFrame)[] = [];
  /** What a gateway that works never does to such a client. */
  readonly problems: string[] = [];
  private readonly waiting = new Map<number, (frame: GatewayFrame) => void>();
  private lastId = 0;
  private leaving = false;

  private constructor(
    private readonly socket: WebSocket,
    private readonly subprotocol: string,
  ) {
    socket.on("message", (message: Buffer) => this.take(message));
    socket.on("error", (error) => this.problems.push(`the witness's socket failed: ${error.message}`));
    socket.on("close", (code, reason) => {
      if (!this.leaving) this.problems.push(`the witness was closed with ${code} ${reason}`);
    });
  }

  static async open(
    port: number,
    token: string,
    subprotocol = "headgate.v1.msgpack",
  ): Promise<WitnessClient> {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1`, subprotocol, {
      headers,
      perMessageDeflate: false,
    });
    const client = new WitnessClient(socket, subprotocol);
    await new Promise<void>((resolve, reject) => socket.once("open", resolve).once("error", reject));
    client.send({ type: "hello", client: "witness", max_message_bytes: 64 * 1024 * 1024 });
    return client;
  }

  /** Sends a request under an id of its own; settles with its one terminal frame. */
  ask(frame: Request): Promise<GatewayFrame> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`the ${frame.type} ${id} was not answered`)),
        patienceMs,
      );
      this.waiting.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
      this.send({ ...frame, id } as ClientFrame);
    });
  }

  close(): void {
    this.leaving = true;
    this.socket.terminate();
  }

  private send(frame: ClientFrame): void {
    const encoded = this.codec.encode(frame);
    this.socket.send(typeof encoded === "string" ? encoded : bytesOf(encoded));
  }

  private get codec() {
    const codec = codecOf(this.subprotocol);
    if (codec === undefined) throw new RangeError(`no codec for ${this.subprotocol}`);
    return codec;
  }

  private take(message: Buffer): void {
    for (const { value } of this.codec.decode(message)) {
      const frame = parseGatewayFrame(value, this.codec.form);
      if (frame?.type === "event" || frame?.type === "snapshot") this.pushed.push(frame);
      else if (frame !== undefined && "id" in frame && frame.id !== undefined) this.answered(frame.id, frame);
      else if (frame?.type !== "welcome" && frame?.type !== "heartbeat")
        this.problems.push(`the witness got ${JSON.stringify(frame)}`);
    }
  }

  private answered(id: number, frame: GatewayFrame): void {
    const settle = this.waiting.get(id);
    this.waiting.delete(id);
    if (settle === undefined) this.problems.push(`the witness got a second answer to ${id}`);
    else settle(frame);
  }
}
