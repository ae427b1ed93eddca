/** Values that programs stumble over: of another type, at a boundary, too long, too deep, or no value at all. */
import { limits } from "../../protocol/limits.js";
import type { Random } from "./random.js";
import { Entries, RawValue, type WireValue } from "./wire-value.js";

const bytes = (...list: number[]) => Uint8Array.from(list);

const numbers: readonly WireValue[] = [
  ...[Number.NaN, Infinity, -Infinity, -0, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32 - 1, 2 ** 32],
  ...[2 ** 53, 2 ** 53 + 2, -(2 ** 31) - 1, limits.timeout_ms_max + 1, limits.time_ms_max + 2],
  ...[2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)],
];

const texts: readonly WireValue[] = [
  ...[
    "",
    " ",
    "\u0000",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "e\u0301",
    "🦑",
    "a".repeat(limits.name_length_max + 1),
  ],
  ...["a".repeat(limits.token_length_max + 1), "a".repeat(70_000), "__proto__", "constructor", "toString"],
  ...["../../../../etc/passwd", "regime.*", "regime.", "regime.*.*", "{{7*7}}", "'; drop table", "%00"],
  ...["hello", "result", "welcome", "drain", "NaN", "-0", "1e999", "\r\nX-Injected: 1\r\n\r\n", "*"],
];

/** Lengths that lie, types that no frame may have, and text that is no text. */
const raw: readonly WireValue[] = [
  new RawValue(bytes(0xc1), "NaN"),
  new RawValue(bytes(0xd4, 0x00, 0x00), "1e999"),
  new RawValue(bytes(0xd6, 0xff, 0, 0, 0, 0), "-Infinity"),
  new RawValue(bytes(0xc7, 0x0c, 0xff, ...new Array<number>(12).fill(0)), "undefined"),
  new RawValue(bytes(0xc9, 0xff, 0xff, 0xff, 0xff, 0x01), "01"),
  new RawValue(bytes(0xdb, 0xff, 0xff, 0xff, 0xff), '"unterminated'),
  new RawValue(bytes(0xda, 0xff, 0xff, 0x41), '"\\u12"'),
  new RawValue(bytes(0xdd, 0xff, 0xff, 0xff, 0xff), "[1,2"),
  new RawValue(bytes(0xdd, 0x00, 0x10, 0x00, 0x00), "[,]"),
  new RawValue(bytes(0xdf, 0xff, 0xff, 0xff, 0xff), '{"a":1,}'),
  new RawValue(bytes(0xdf, 0x00, 0x00, 0x00, 0x02, 0xa1, 0x61, 0x01), "{'a':1}"),
  new RawValue(bytes(0xc6, 0xff, 0xff, 0xff, 0xff), "/* c */ 1"),
  new RawValue(bytes(0xc5, 0x80, 0x00), `${"9".repeat(5_000)}`),
  new RawValue(bytes(0xa4, 0xff, 0xfe, 0xc0, 0x80), '"\\ud800"'),
  new RawValue(bytes(0xa3, 0xed, 0xa0, 0x80), '"\t"'),
  new RawValue(bytes(0xd9), "}"),
  new RawValue(bytes(), ""),
];

function nested(depth: number, leaf: WireValue, isMap: boolean): WireValue {
  let value = leaf;
  for (let i = 0; i < depth; i++) value = isMap ? new Entries([["a", value]]) : [value];
  return value;
}

const containers: readonly (() => WireValue)[] = [
  () => [],
  () => new Entries([]),
  () => [null],
  () => nested(limits.nesting_max - 1, 1, false),
  () => nested(limits.nesting_max, 1, true),
  () => nested(1_000, null, false),
  () => nested(500, "x", true),
  () => new Entries([["__proto__", new Entries([["isAdmin", true]])]]),
  () => new Entries([["constructor", new Entries([["prototype", new Entries([["x", 1]])]])]]),
  () => new Entries([[1, 2]]),
  () =>
    new Entries([
      ["a", 1],
      ["a", 2],
    ]),
  () => Array.from({ length: 300 }, (_, i) => i),
  () => new Entries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])),
  () => [
    new Entries([
      ["datatype", "FP32"],
      ["shape", [2 ** 31, 2 ** 31]],
      ["data", new Uint8Array(4)],
    ]),
  ],
  () =>
    new Entries([
      ["datatype", "FP64"],
      ["shape", [0]],
      ["data", new Uint8Array(0)],
    ]),
  () =>
    new Entries([
      ["datatype", "BYTES"],
      ["shape", [2]],
      ["data", ["a", "\ud800"]],
    ]),
];

export function hostileValue(random: Random): WireValue {
  const kind = random.weighted({ number: 30, text: 25, raw: 6, container: 15, plain: 15, binary: 5 });
  if (kind === "number") return random.pick(numbers);
  if (kind === "text") return random.pick(texts);
  if (kind === "raw") return random.pick(raw);
  if (kind === "container") return random.pick(containers)();
  if (kind === "plain") return random.pick([null, true, false, 0, 1, "x", random.integer(-1_000, 1_000)]);
  return random.bytes(random.pick([0, 1, 3, 4, 7, 8, 64, 1_000]));
}
