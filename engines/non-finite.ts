/** Finds NaN and infinity in a tensor's bytes by their exponent bits, whatever the alignment. */
import type { WireTensor } from "../protocol/tensor.js";

/** Index of the first element that is NaN or infinite; -1 when there is none. */
export function firstNonFinite(tensor: WireTensor): number {
  const { datatype, data } = tensor;
  if (!(data instanceof Uint8Array)) return -1;
  if (datatype === "FP32") return findExponent(data, 4, 0x80);
  if (datatype === "FP64") return findExponent(data, 8, 0xf0);
  if (datatype === "FP16") return findHalf(data);
  return -1;
}

/** All exponent bits are set: seven in the last byte, the rest in the byte before it. */
function findExponent(bytes: Uint8Array, size: number, mask: number): number {
  for (let at = size - 1; at < bytes.length; at += size)
    if (((bytes[at] as number) & 0x7f) === 0x7f && ((bytes[at - 1] as number) & mask) === mask)
      return (at - size + 1) / size;
  return -1;
}

function findHalf(bytes: Uint8Array): number {
  for (let at = 1; at < bytes.length; at += 2)
    if (((bytes[at] as number) & 0x7c) === 0x7c) return (at - 1) / 2;
  return -1;
}
