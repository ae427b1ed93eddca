/**
 * Caches short strings that were decoded before, looked up by their bytes. The names on the wire are nearly always
 * the same few: a lookup costs one comparison, and decoding a string takes four times as long.
 */

const lengthMax = 32;
const slots = 512;

export class AsciiCache {
  private readonly found: string[] = new Array<string>(slots).fill("");

  /** The string with these bytes; undefined when it is long or not ASCII. */
  find(bytes: Uint8Array, start: number, length: number): string | undefined {
    if (length === 0) return "";
    if (length > lengthMax) return undefined;
    const middle = bytes[start + (length >> 1)] as number;
    const last = bytes[start + length - 1] as number;
    const slot = ((bytes[start] as number) * 7 + middle * 31 + last * 131 + length * 257) & (slots - 2);
    const known = this.found[slot] as string;
    if (spells(known, bytes, start, length)) return known;
    const other = this.found[slot + 1] as string;
    if (spells(other, bytes, start, length)) return other;
    const fresh = ascii(bytes, start, length);
    if (fresh === undefined) return undefined;
    // Keeps both, so that two names with the same slot do not replace each other at every lookup.
    this.found[slot + 1] = known;
    this.found[slot] = fresh;
    return fresh;
  }
}

function spells(known: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

function ascii(bytes: Uint8Array, start: number, length: number): string | undefined {
  let string = "";
  for (let i = start; i < start + length; i++) {
    const byte = bytes[i] as number;
    if (byte > 0x7f) return undefined;
    string += String.fromCharCode(byte);
  }
  return string;
}
