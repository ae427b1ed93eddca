/**
 * Parses protobuf messages into fields, without a schema: unknown fields stay unchanged, byte for byte. Source:
 * protobuf's "Encoding" page. Pure.
 */

export interface ProtobufField {
  readonly number: number;
  /** The bytes of the whole field, including its tag. */
  readonly whole: Uint8Array;
  /** The content of a length-delimited field; else empty. */
  readonly bytes: Uint8Array;
  /** The value of a varint field that fits a number; else NaN. */
  readonly value: number;
}

const wireTypes = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;
/** The largest number of a field in protobuf. Larger tags are cut to 32 bits by some readers, and not by others. */
const fieldNumberMax = 2 ** 29 - 1;
const none = new Uint8Array(0);

/** @throws when the bytes are not a message */
export function fieldsOf(message: Uint8Array): ProtobufField[] {
  const fields: ProtobufField[] = [];
  eachField(message, (field) => fields.push(field) > 0);
  return fields;
}

/**
 * Visits the fields one by one and stops early on request: a decision forest of a million nodes has ten million
 * fields.
 * @param visit returns false to stop
 */
export function eachField(message: Uint8Array, visit: (field: ProtobufField) => boolean): void {
  for (let at = 0; at < message.length; ) {
    const tag = readVarint(message, at);
    const number = Math.floor(tag.value / 8);
    if (number < 1 || number > fieldNumberMax) throw new Error(`a field numbered ${number} at byte ${at}`);
    const end = endOf(message, tag.value % 8, tag.end);
    const delimited = tag.value % 8 === wireTypes.delimited;
    const held = delimited ? readVarint(message, tag.end).end : end;
    const more = visit({
      number,
      whole: message.subarray(at, end),
      bytes: delimited ? message.subarray(held, end) : none,
      value: tag.value % 8 === wireTypes.varint ? readVarint(message, tag.end).value : Number.NaN,
    });
    if (!more) return;
    at = end;
  }
}

function endOf(message: Uint8Array, wireType: number, at: number): number {
  const end = (() => {
    if (wireType === wireTypes.varint) return readVarint(message, at).end;
    if (wireType === wireTypes.fixed64) return at + 8;
    if (wireType === wireTypes.fixed32) return at + 4;
    if (wireType !== wireTypes.delimited) throw new Error(`wire type ${wireType} at byte ${at}`);
    const length = readVarint(message, at);
    return length.end + length.value;
  })();
  if (end > message.length) throw new Error(`it ends inside a field, ${end - message.length} bytes short`);
  return end;
}

/**
 * Negative numbers, which take ten bytes, are decoded as numbers above 2^53; no field that is read here is negative.
 */
function readVarint(message: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = message[at + i];
    if (byte === undefined) throw new Error("it ends inside a number");
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  throw new Error(`a number of more than ten bytes at byte ${at}`);
}

export function integerField(number: number, value: number): Uint8Array {
  return joined([varint(number * 8), varint(value)]);
}

export function bytesField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return joined([varint(number * 8 + wireTypes.delimited), varint(bytes.length), bytes]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.from([...bytes, left]);
}
