/** What RFC 6455 forbids a client, or no gateway should wait for: each with the codes that may close it. */
import { closeOf, frameOf, opcodes } from "./framing.js";
import type { Random } from "./random.js";

export interface FramingViolation {
  readonly bytes: readonly Buffer[];
  /** The close codes that may answer it. Empty: it may wait for more, and the client has to end it. */
  readonly closes: readonly number[];
}

const few = (random: Random) => random.bytes(random.integer(1, 40));
const { binary, text, continuation, close, ping } = opcodes;

const violations: Readonly<Record<string, (random: Random, opcode: number) => FramingViolation>> = {
  reservedBits: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, rsv: random.integer(1, 7) }, random)],
    closes: [1002],
  }),
  unmasked: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, masked: false }, random)],
    closes: [1002],
  }),
  unknownOpcode: (random) => ({
    bytes: [frameOf(few(random), { opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) }, random)],
    closes: [1002],
  }),
  longControl: (random) => ({
    bytes: [frameOf(random.bytes(126 + random.integer(0, 200)), { opcode: ping }, random)],
    closes: [1002],
  }),
  fragmentedControl: (random) => ({
    bytes: [frameOf(few(random), { opcode: ping, fin: false }, random)],
    closes: [1002],
  }),
  continuationFirst: (random) => ({
    bytes: [frameOf(few(random), { opcode: continuation }, random)],
    closes: [1002],
  }),
  messageInMessage: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, fin: false }, random), frameOf(few(random), { opcode }, random)],
    closes: [1002],
  }),
  hugeLength: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, announced: random.pick([2 ** 26, 2 ** 40, 2 ** 52]) }, random)],
    closes: [1009],
  }),
  /** Beyond 2^53 there are lengths that no JavaScript number holds. */
  absurdLength: (_, opcode) => ({
    bytes: [Buffer.from([0x80 | opcode, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4])],
    closes: [1002, 1009],
  }),
  unfinished: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, announced: random.integer(100, 100_000) }, random)],
    closes: [],
  }),
  unfinishedFragments: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, fin: false }, random)],
    closes: [],
  }),
  otherOpcode: (random, opcode) => ({
    bytes: [frameOf(Buffer.from("{}"), { opcode: opcode === binary ? text : binary }, random)],
    closes: [4400],
  }),
  textThatIsNone: (random) => ({
    bytes: [frameOf(Buffer.from([0xff, 0xfe, 0xc0]), { opcode: text }, random)],
    closes: [1007, 4400],
  }),
  closeInMessage: (random, opcode) => ({
    bytes: [frameOf(few(random), { opcode, fin: false }, random), closeOf(1000, random)],
    closes: [1000],
  }),
  closeWithWrongCode: (random) => ({
    bytes: [closeOf(random.pick([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535]), random)],
    closes: [1002],
  }),
  closeOfOneByte: (random) => ({
    bytes: [frameOf(Buffer.from([3]), { opcode: close }, random)],
    closes: [1002],
  }),
  /** The gateway gives the client's own close frame back as it came: the client is leaving in any case. */
  closeWithWrongReason: (random) => ({
    bytes: [frameOf(Buffer.from([3, 232, 0xff, 0xfe]), { opcode: close }, random)],
    closes: [1000, 1007],
  }),
  closeAndMore: (random, opcode) => ({
    bytes: [closeOf(1001, random, "bye"), frameOf(few(random), { opcode }, random)],
    closes: [1001],
  }),
  noise: (random) => ({ bytes: [random.bytes(random.integer(1, 400))], closes: [] }),
};

export function framingViolation(random: Random, opcode: number): FramingViolation {
  const kind = random.pick(Object.keys(violations));
  const violation = violations[kind];
  if (violation === undefined) throw new RangeError(`no violation ${kind}`);
  return violation(random, opcode);
}
