/** Generators of MessagePack bytes in every format, including those for which a shorter one exists. */
import fc from "fast-check";
import { concatenated, hex, utf8 } from "./check.js";

/** Big-endian bytes of an unsigned integer. */
export function unsigned(value: number | bigint, size: number): Uint8Array {
  return hex(
    BigInt(value)
      .toString(16)
      .padStart(size * 2, "0"),
  );
}

/** A type byte, a length in `size` bytes, and the body. */
export function announced(lead: number, size: number, length: number, body: Uint8Array): Uint8Array {
  return concatenated([Uint8Array.of(lead), unsigned(length, size), body]);
}

const fixed: readonly (readonly [number, number])[] = [
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
];

const text = fc.string({ maxLength: 20 }).map(utf8);
const bytes = fc.uint8Array({ maxLength: 20 });

const str = fc
  .tuple(text, fc.constantFrom([0xd9, 1], [0xda, 2], [0xdb, 4], undefined))
  .map(([body, format]) =>
    format === undefined
      ? concatenated([Uint8Array.of(0xa0 | body.length), body])
      : announced(format[0] ?? 0, format[1] ?? 0, body.length, body),
  );

const leaf = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }).map((lead) => Uint8Array.of(lead)),
  fc.integer({ min: 0xe0, max: 0xff }).map((lead) => Uint8Array.of(lead)),
  fc.constantFrom(0xc0, 0xc2, 0xc3).map((lead) => Uint8Array.of(lead)),
  ...fixed.map(([lead, size]) =>
    fc
      .uint8Array({ minLength: size, maxLength: size })
      .map((body) => concatenated([Uint8Array.of(lead), body])),
  ),
  str,
  fc
    .tuple(bytes, fc.constantFrom([0xc4, 1], [0xc5, 2], [0xc6, 4]))
    .map(([body, [lead = 0, size = 0]]) => announced(lead, size, body.length, body)),
);

function container(lead: number, parts: readonly Uint8Array[], perEntry: number, width: number): Uint8Array {
  const count = parts.length / perEntry;
  const [fix, wide] = lead === 0x80 ? [0x80, 0xde] : [0x90, 0xdc];
  const body = concatenated(parts);
  if (width === 0) return concatenated([Uint8Array.of(fix | count), body]);
  return announced(width === 2 ? wide : wide + 1, width, count, body);
}

const width = fc.constantFrom(0, 2, 4);

function mapOf(value: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.array(fc.tuple(str, value), { maxLength: 5 }), width)
    .map(([entries, size]) => container(0x80, entries.flat(), 2, size));
}

function arrayOf(value: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.array(value, { maxLength: 5 }), width)
    .map(([parts, size]) => container(0x90, parts, 1, size));
}

const inner = fc.oneof(leaf, arrayOf(leaf), mapOf(leaf));
const outer = fc.oneof(inner, arrayOf(inner), mapOf(inner));

/** A well-formed frame's bytes: a map with string keys, nested a little. */
export const anyMap = mapOf(outer);

/** A message of one to five well-formed maps, as its parts. */
export const anyMaps = fc.array(anyMap, { minLength: 1, maxLength: 5 });
