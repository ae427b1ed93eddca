/**
 * Finds where in an encoded frame its changing values lie. The frame is encoded twice, with values that differ in each
 * of their bytes: where the two encodings differ, there the values are. So nobody needs to know how a frame is laid out.
 */

/** Two integers for the place of an integer of 32 bits. No byte of the two is the same. */
export const placeIntegers = [0x8182_8384, 0x7e7d_7c7b] as const;
/** Two numbers for the place of a number of any form, encoded as floats of 64 bits. */
export const placeNumbers = [2.125982314494425, 1.9370088427527872] as const;

/** Bytes for the place of so many. */
export function placeBytes(variant: 0 | 1, count: number): Uint8Array {
  return new Uint8Array(count).fill(variant === 0 ? 0 : 0xff);
}

/** The bytes `from` to `to` of an encoded frame. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** The places in their order; undefined when the encodings differ in their length. */
export function placesOf(one: Uint8Array, other: Uint8Array): Place[] | undefined {
  if (one.length !== other.length) return undefined;
  const places: Place[] = [];
  for (let at = 0; at < one.length; at++) {
    if (one[at] === other[at]) continue;
    const from = at;
    while (at < one.length && one[at] !== other[at]) at++;
    places.push({ from, to: at });
  }
  return places;
}
