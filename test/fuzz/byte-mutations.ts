/** Changes the bytes of a message, whatever they mean. */
import type { Random } from "./random.js";

export function mutatedBytes(message: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(message);
  for (let i = random.integer(1, 3); i > 0; i--) bytes = changed(bytes, random);
  return bytes;
}

function changed(bytes: Buffer, random: Random): Buffer {
  const at = random.integer(0, Math.max(0, bytes.length - 1));
  const to = Math.min(bytes.length, at + random.integer(1, 16));
  const how = random.weighted({ flip: 30, set: 20, cut: 15, drop: 10, insert: 10, repeat: 10, noise: 5 });
  switch (how) {
    case "flip":
      if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(0, 7));
      return bytes;
    case "set":
      if (bytes.length > 0)
        bytes[at] = random.pick([0, 0x7f, 0x80, 0xc0, 0xc1, 0xd9, 0xdf, 0xff, 0x0a, 0x22]);
      return bytes;
    case "cut":
      return bytes.subarray(0, at);
    case "drop":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), random.bytes(random.integer(1, 16)), bytes.subarray(at)]);
    case "repeat":
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case "noise":
      return random.bytes(random.integer(1, 300));
  }
}
