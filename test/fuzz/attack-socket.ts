/** A TCP connection of an attack, and what the gateway sends on it: HTTP answers, or a WebSocket's frames. */
import { connect, type Socket } from "node:net";
import { answersIn, type HttpAnswer } from "./http-answers.js";

export interface GatewayMessage {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What was received in the form that RFC 6455 forbids a server. */
export type Complaint = (what: string) => void;

export class AttackSocket {
  /** The status of the answer to the upgrade; undefined until it has come. */
  status: number | undefined;
  closeCode: number | undefined;
  /** True once the gateway has ended the connection, in order or by a reset. */
  ended = false;
  readonly complaints: string[] = [];
  /** Called after anything has come, and at the end. */
  changed: () => void = () => {};
  private received: Buffer = Buffer.alloc(0);
  /** Of the message that is arriving: its first fragment tells it. */
  private opcode = 0;
  private readonly fragments: Buffer[] = [];

  private constructor(
    readonly socket: Socket,
    private readonly isWebSocket: boolean,
    private readonly take: (message: GatewayMessage) => void,
  ) {
    socket.on("data", (chunk) => this.receive(chunk));
    socket.on("error", () => {}); // A reset is an end too
    for (const event of ["end", "close"]) socket.on(event, () => this.over());
  }

  static open(
    port: number,
    isWebSocket: boolean,
    take: (message: GatewayMessage) => void,
  ): Promise<AttackSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new AttackSocket(socket, isWebSocket, take));
      });
    });
  }

  /** The HTTP answers that have come. */
  answers(): readonly HttpAnswer[] {
    return answersIn(this.received);
  }

  private receive(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    if (this.isWebSocket) this.read();
    this.changed();
  }

  private over(): void {
    this.ended = true;
    this.changed();
  }

  private read(): void {
    if (this.status === undefined) {
      const end = this.received.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.received.toString("latin1", 0, 20))?.[1]);
      this.received = this.received.subarray(end + 4);
    }
    if (this.status === 101) while (this.readFrame());
  }

  private readFrame(): boolean {
    const bytes = this.received;
    if (bytes.length < 2) return false;
    const [first = 0, second = 0] = bytes;
    const short = second & 127;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length < 2 + extended) return false;
    const length =
      extended === 2 ? bytes.readUInt16BE(2) : extended === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
    const end = 2 + extended + length;
    if (bytes.length < end) return false;
    if ((second & 128) !== 0) this.complaints.push("the gateway masked a frame");
    if ((first & 0x70) !== 0) this.complaints.push("the gateway set a reserved bit");
    this.frame(first & 15, (first & 128) !== 0, bytes.subarray(2 + extended, end));
    this.received = bytes.subarray(end);
    return true;
  }

  private frame(opcode: number, fin: boolean, payload: Buffer): void {
    if (opcode === 8) this.closed(payload);
    if (opcode >= 8) return;
    if (opcode !== 0) this.opcode = opcode;
    this.fragments.push(payload);
    if (!fin) return;
    this.take({
      opcode: this.opcode,
      payload: this.fragments.length === 1 ? payload : Buffer.concat(this.fragments),
    });
    this.fragments.length = 0;
  }

  private closed(payload: Buffer): void {
    if (this.closeCode !== undefined) this.complaints.push("the gateway sent two close frames");
    this.closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    const reason = payload.toString("latin1", 2);
    // With 1000 only the client closes, and its own reason comes back.
    if (this.closeCode !== 1000 && (/[^\x20-\x7e]/.test(reason) || reason.length > 123))
      this.complaints.push(`the close reason is not short printable ASCII: ${JSON.stringify(reason)}`);
  }
}
