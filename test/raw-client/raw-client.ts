// A Headgate client made from PROTOCOL.md, RFC 6455 and Node's sockets alone: it shares no code with the project.
// It judges every message it receives, and keeps what it found wrong in `faults`.

import { createHash } from "node:crypto";
import { createConnection, type Socket } from "node:net";
import { decodeMulti, Encoder } from "@msgpack/msgpack";
import { faultsOfBinary } from "./msgpack-scan.js";
import { type Form, type Frame, faultsOfFrame, isMap } from "./tables.js";

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const GATHERED_BYTES = 65_536;
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_576;

export const MSGPACK = "headgate.v1.msgpack";
export const JSON_FORM = "headgate.v1.json";

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface OpenOptions {
  protocols?: readonly string[];
  path?: string;
  /** Headers added to the upgrade; one of the upgrade's own is replaced, or left out when it is null. */
  headers?: Readonly<Record<string, string | null>>;
}

export interface Answer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** The gateway answered the upgrade with something other than 101. */
export class Refused extends Error {
  constructor(readonly answer: Answer) {
    super(`refused with HTTP ${answer.status}: ${answer.body}`);
  }
}

export interface Closed {
  code: number;
  reason: string;
}

export interface Message {
  opcode: number;
  payload: Buffer;
  frames: Frame[];
}

interface Waiter {
  wants: (frame: Frame) => boolean;
  take: (frame: Frame) => void;
}

interface WebSocketFrame {
  fin: boolean;
  opcode: number;
  payload: Buffer;
}

const doubles = new Encoder({ forceIntegerToFloat: true });
const plain = new Encoder();

export function encodeFrame(frame: Frame, numbersAsDoubles = false): Uint8Array {
  return (numbersAsDoubles ? doubles : plain).encode(frame);
}

/** A WebSocket frame as RFC 6455, section 5.2 has it, or a broken one. */
export function webSocketFrame(
  opcode: number,
  payload: Uint8Array,
  { fin = true, masked = true, rsv = 0 } = {},
): Buffer {
  const size = payload.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (size < 126 ? size : size < 65_536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(size, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = Buffer.from([0x11, 0xa5, 0x3c, 0xf0]);
  const body = Buffer.from(payload);
  for (let i = 0; i < body.length; i += 1) body[i] = (body[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return Buffer.concat([head, mask, body]);
}

export class RawClient {
  readonly form: Form;
  readonly messages: Message[] = [];
  readonly faults: string[] = [];
  readonly pings: Buffer[] = [];
  readonly pongs: Buffer[] = [];
  readonly closed: Promise<Closed>;
  answersPings = true;
  /** Set by a test that itself breaks the rules of ids, where the bookkeeping below would cry wolf. */
  keepsBooks = true;

  #buffer: Buffer = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #fragmentOpcode = 0;
  #closeSent = false;
  #closeSeen: Closed | null = null;
  #untaken: Frame[] = [];
  #waiters: Waiter[] = [];
  #pongWaiters: (() => void)[] = [];
  #inFlight = new Map<number, string>();
  #welcomed = false;
  #maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES;
  #resolveClosed: (closed: Closed) => void = () => {};

  private constructor(
    private readonly socket: Socket,
    readonly upgrade: Answer,
    rest: Buffer,
  ) {
    this.form = upgrade.headers.get("sec-websocket-protocol") === JSON_FORM ? "json" : "binary";
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("close", () => this.#resolveClosed(this.#closeSeen ?? { code: 1006, reason: "" }));
    this.#receive(rest);
  }

  /** Opens a socket and upgrades it. Throws `Refused` when the gateway refuses. */
  static open(port: number, options: OpenOptions = {}): Promise<RawClient> {
    const key = Buffer.from("headgate raw key").toString("base64");
    const headers = new Map<string, string>([
      ["Host", `127.0.0.1:${port}`],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", key],
      ["Sec-WebSocket-Version", "13"],
    ]);
    const protocols = options.protocols ?? [MSGPACK];
    if (protocols.length > 0) headers.set("Sec-WebSocket-Protocol", protocols.join(", "));
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value === null) headers.delete(name);
      else headers.set(name, value);
    }
    const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.setNoDelay(true);
    socket.write(`GET ${options.path ?? "/v1"} HTTP/1.1\r\n${lines.join("")}\r\n`);

    return new Promise((resolve, reject) => {
      let seen: Buffer = Buffer.alloc(0);
      const settle = (answer: Answer, rest: Buffer): void => {
        socket.removeAllListeners();
        socket.on("error", () => {});
        if (answer.status !== 101) {
          socket.destroy();
          reject(new Refused(answer));
          return;
        }
        const client = new RawClient(socket, answer, rest);
        const accept = createHash("sha1")
          .update(key + WEBSOCKET_GUID)
          .digest("base64");
        client.#expect(answer.headers.get("sec-websocket-accept") === accept, "wrong Sec-WebSocket-Accept");
        resolve(client);
      };
      socket.on("error", reject);
      socket.on("data", (chunk: Buffer) => {
        seen = Buffer.concat([seen, chunk]);
        const end = seen.indexOf("\r\n\r\n");
        if (end < 0) return;
        const answer = readAnswer(seen.subarray(0, end).toString("latin1"));
        const rest = seen.subarray(end + 4);
        if (answer.status === 101) settle(answer, rest);
        else if (rest.length >= Number(answer.headers.get("content-length") ?? Number.POSITIVE_INFINITY))
          settle({ ...answer, body: rest.toString("utf8") }, rest);
      });
      socket.on("end", () => {
        const end = seen.indexOf("\r\n\r\n");
        if (end < 0) reject(new Error("the socket ended without an HTTP answer"));
        else {
          const rest = seen.subarray(end + 4);
          settle(
            { ...readAnswer(seen.subarray(0, end).toString("latin1")), body: rest.toString("utf8") },
            rest,
          );
        }
      });
    });
  }

  /** Every frame received so far, in order. */
  get frames(): Frame[] {
    return this.messages.flatMap((message) => message.frames);
  }

  /** Sends all the frames in one message. */
  send(...frames: Frame[]): void {
    this.#note(frames);
    if (this.form === "json")
      this.sendRaw(opcodes.text, Buffer.from(frames.map((frame) => JSON.stringify(frame)).join("\n")));
    else this.sendRaw(opcodes.binary, Buffer.concat(frames.map((frame) => encodeFrame(frame))));
  }

  /** As `send`, but with each number as a float 64, and each message cut into three fragments around a ping. */
  sendFragmented(...frames: Frame[]): void {
    this.#note(frames);
    const payload = Buffer.concat(frames.map((frame) => encodeFrame(frame, true)));
    const third = Math.ceil(payload.length / 3);
    this.sendRaw(opcodes.binary, payload.subarray(0, third), { fin: false });
    this.sendRaw(opcodes.continuation, payload.subarray(third, 2 * third), { fin: false });
    this.sendRaw(opcodes.ping, Buffer.from("between"));
    this.sendRaw(opcodes.continuation, payload.subarray(2 * third));
  }

  sendRaw(
    opcode: number,
    payload: Uint8Array,
    form: { fin?: boolean; masked?: boolean; rsv?: number } = {},
  ): void {
    this.socket.write(webSocketFrame(opcode, payload, form));
  }

  /** Says hello and waits for the welcome. */
  async hello(fields: Frame = {}): Promise<Frame> {
    this.send({ type: "hello", client: "raw-client/1", ...fields });
    return this.next("welcome", (frame) => frame["type"] === "welcome");
  }

  /** Sends a request and waits for its terminal frame. */
  async ask(request: Frame & { id: number }): Promise<Frame> {
    this.send(request);
    return this.terminal(request.id);
  }

  terminal(id: number, withinMs?: number): Promise<Frame> {
    const terminals = ["result", "ack", "error"];
    return this.next(
      `terminal frame ${id}`,
      (frame) => frame["id"] === id && terminals.includes(String(frame["type"])),
      withinMs,
    );
  }

  /** The first frame that `wants` accepts and that no `next` has taken yet. */
  next(what: string, wants: (frame: Frame) => boolean, withinMs = 8_000): Promise<Frame> {
    const at = this.#untaken.findIndex(wants);
    const found = this.#untaken[at];
    if (found) {
      this.#untaken.splice(at, 1);
      return Promise.resolve(found);
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        wants,
        take: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(new Error(`no ${what} within ${withinMs} ms; last: ${JSON.stringify(this.frames.at(-1))}`));
      }, withinMs);
      this.#waiters.push(waiter);
    });
  }

  /** A ping, and its pong. All that the gateway had sent before the pong has then been received. */
  async ping(payload: string): Promise<Buffer> {
    const before = this.pongs.length;
    this.sendRaw(opcodes.ping, Buffer.from(payload));
    while (this.pongs.length === before)
      await new Promise<void>((resolve) => this.#pongWaiters.push(resolve));
    return this.pongs[before] ?? Buffer.alloc(0);
  }

  /** Closes with 1000, as a client does when it is done. */
  async end(): Promise<Closed> {
    this.#sendClose(1000);
    return this.closed;
  }

  /** Loses the socket, without a close. */
  drop(): void {
    this.socket.destroy();
  }

  #expect(holds: boolean, fault: string): void {
    if (!holds) this.faults.push(fault);
  }

  #note(frames: Frame[]): void {
    for (const frame of frames) {
      if (frame["type"] === "hello" && typeof frame["max_message_bytes"] === "number")
        this.#maxMessageBytes = frame["max_message_bytes"];
      if (typeof frame["id"] === "number" && frame["type"] !== "cancel")
        this.#inFlight.set(frame["id"], String(frame["type"]));
    }
  }

  #sendClose(code: number): void {
    if (this.#closeSent || this.socket.destroyed) return;
    this.#closeSent = true;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.sendRaw(opcodes.close, payload);
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (let frame = this.#cut(); frame; frame = this.#cut()) this.#take(frame);
  }

  #cut(): WebSocketFrame | null {
    const buffer = this.#buffer;
    if (buffer.length < 2) return null;
    const first = buffer.readUInt8(0);
    const second = buffer.readUInt8(1);
    this.#expect((first & 0x70) === 0, "reserved bits are set: an extension is used");
    this.#expect((second & 0x80) === 0, "a gateway's frame is masked");
    const short = second & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (buffer.length < start) return null;
    const size =
      short < 126 ? short : short === 126 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
    if (buffer.length < start + size) return null;
    this.#buffer = buffer.subarray(start + size);
    return { fin: first >= 0x80, opcode: first & 0x0f, payload: buffer.subarray(start, start + size) };
  }

  #take({ fin, opcode, payload }: WebSocketFrame): void {
    this.#expect(this.#closeSeen === null, "a frame after the close");
    switch (opcode) {
      case opcodes.ping:
        this.pings.push(payload);
        if (this.answersPings) this.sendRaw(opcodes.pong, payload);
        return;
      case opcodes.pong:
        this.pongs.push(payload);
        for (const wake of this.#pongWaiters.splice(0)) wake();
        return;
      case opcodes.close: {
        const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        const reason = payload.subarray(2).toString("latin1");
        this.#expect(
          /^[\x20-\x7e]{0,123}$/.test(reason),
          `the close reason is not printable ASCII: ${reason}`,
        );
        this.#closeSeen = { code, reason };
        this.#sendClose(code === 1005 ? 1000 : code);
        return;
      }
      case opcodes.text:
      case opcodes.binary:
        this.#expect(this.#fragments.length === 0, "a message inside another's fragments");
        this.#fragments = [payload];
        this.#fragmentOpcode = opcode;
        break;
      default:
        this.#expect(opcode === opcodes.continuation, `opcode ${opcode}`);
        this.#fragments.push(payload);
    }
    if (!fin) return;
    const whole = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#judge(this.#fragmentOpcode, whole);
  }

  #judge(opcode: number, payload: Buffer): void {
    const frames: Frame[] = [];
    const message = { opcode, payload, frames };
    this.messages.push(message);
    this.#expect(payload.length <= this.#maxMessageBytes, `a message of ${payload.length} bytes is too big`);
    this.#expect(opcode === (this.form === "json" ? opcodes.text : opcodes.binary), `opcode ${opcode}`);
    const values = this.form === "json" ? readLines(payload) : [...decodeMulti(payload)];
    if (this.form === "binary") this.faults.push(...faultsOfBinary(payload));
    this.#expect(values.length > 0, "an empty message");
    this.#expect(values.length <= 4_096, `${values.length} frames in a message`);
    this.#expect(
      values.length <= 1 || payload.length <= GATHERED_BYTES,
      `${values.length} frames were gathered into ${payload.length} bytes`,
    );
    for (const value of values) {
      if (!isMap(value)) {
        this.faults.push(`a frame is no map: ${JSON.stringify(value)}`);
        continue;
      }
      frames.push(value);
      this.#book(value);
      const waiter = this.#waiters.find(({ wants }) => wants(value));
      if (waiter) {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        waiter.take(value);
      } else this.#untaken.push(value);
    }
  }

  /** Checks a frame by the specification's tables, and that it may come now. */
  #book(frame: Frame): void {
    const type = frame["type"];
    const id = frame["id"];
    const request = typeof id === "number" ? this.#inFlight.get(id) : undefined;
    this.faults.push(...faultsOfFrame(frame, this.form, request));
    this.#expect(this.#welcomed === (type !== "welcome"), `${String(type)} before or after its time`);
    if (type === "welcome") this.#welcomed = true;
    if (typeof id !== "number" || !this.keepsBooks) return;
    this.#expect(request !== undefined, `${String(type)} for ${id}, which is not in flight`);
    if (type === "result") this.#expect(request === "infer", `a result for ${String(request)}`);
    if (type === "ack") this.#expect(request !== "infer", "an ack for infer");
    this.#inFlight.delete(id);
  }
}

function readAnswer(head: string): Answer {
  const [status = "", ...lines] = head.split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status.split(" ")[1]), headers, body: "" };
}

function readLines(payload: Buffer): unknown[] {
  const lines = payload.toString("utf8").split("\n");
  return lines.filter((line) => line.trim() !== "").map((line): unknown => JSON.parse(line));
}
