/** RFC 6455 by hand: messages in frames and fragments, as a client may send them and as it may not. */
import { Random } from "./random.js";

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

interface FrameShape {
  readonly opcode: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** The length that the header tells; absent: the payload's. */
  readonly announced?: number;
}

/** One frame, masked with four random bytes. */
export function frameOf(payload: Uint8Array, shape: FrameShape, random: Random): Buffer {
  const { opcode, fin = true, rsv = 0, masked = true, announced = payload.length } = shape;
  const extended = announced < 126 ? 0 : announced < 65_536 ? 2 : 8;
  const frame = Buffer.allocUnsafe(2 + extended + (masked ? 4 : 0) + payload.length);
  frame[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  frame[1] = (masked ? 0x80 : 0) | (extended === 0 ? announced : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(announced, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(announced), 2);
  let at = 2 + extended;
  if (!masked) {
    frame.set(payload, at);
    return frame;
  }
  const mask = [
    random.integer(0, 255),
    random.integer(0, 255),
    random.integer(0, 255),
    random.integer(0, 255),
  ];
  for (const byte of mask) frame[at++] = byte;
  for (let i = 0; i < payload.length; i++) frame[at + i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return frame;
}

/** A whole message: in one frame, or in fragments with pings and pongs between them. */
export function messageOf(payload: Buffer, opcode: number, random: Random): Buffer[] {
  if (random.chance(0.7)) return [frameOf(payload, { opcode }, random)];
  const cuts =
    random.weighted({ few: 80, many: 20 }) === "few" ? random.integer(1, 4) : random.integer(5, 60);
  const frames: Buffer[] = [];
  let from = 0;
  for (let i = 0; i <= cuts; i++) {
    const to = i === cuts ? payload.length : random.integer(from, payload.length);
    const shape = { opcode: i === 0 ? opcode : opcodes.continuation, fin: i === cuts };
    frames.push(frameOf(payload.subarray(from, to), shape, random));
    if (i < cuts && random.chance(0.2)) frames.push(controlOf(random));
    from = to;
  }
  return frames;
}

/** A ping or a pong with up to 125 bytes. */
export function controlOf(random: Random): Buffer {
  const opcode = random.pick([opcodes.ping, opcodes.pong]);
  return frameOf(random.bytes(random.pick([0, 4, 125])), { opcode }, random);
}

export function closeOf(code: number, random: Random, reason = ""): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return frameOf(payload, { opcode: opcodes.close }, random);
}

/** The client's close frame at the end of a connection that went well. */
export const goodbye: Buffer = closeOf(1000, new Random(1));
