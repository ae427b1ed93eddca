// Walks the bytes of a binary message, as PROTOCOL.md, "Values" has them: which formats were used, not what they say.

const NESTING = 8;
const LEAST_INT = -(2 ** 31);
const GREATEST_INT = 2 ** 32 - 1;

/** What is wrong with the MessagePack formats of a message the gateway sent. */
export function faultsOfBinary(message: Buffer): string[] {
  const faults: string[] = [];
  let at = 0;

  const skip = (bytes: number): void => {
    at += bytes;
    if (at > message.length) faults.push("the message is cut short");
  };

  const length = (bytes: number): number => {
    const value = at + bytes <= message.length ? message.readUIntBE(at, bytes) : 0;
    skip(bytes);
    return value;
  };

  const container = (values: number, keyed: boolean, depth: number): void => {
    if (depth > NESTING) faults.push(`nested ${depth} deep`);
    const names = new Set<string>();
    for (let i = 0; i < values && at < message.length; i += 1) {
      if (keyed) {
        const start = at;
        const head = message.readUInt8(at);
        if (!((head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb)))
          faults.push("a key is no str");
        value(depth);
        const name = message.subarray(start, at).toString("latin1");
        if (names.has(name)) faults.push(`a key comes twice: ${name}`);
        names.add(name);
      }
      value(depth);
    }
  };

  const value = (depth: number): void => {
    const head = length(1);
    if (head <= 0x7f || head >= 0xe0) return;
    if (head <= 0x8f) return container(head & 0x0f, true, depth + 1);
    if (head <= 0x9f) return container(head & 0x0f, false, depth + 1);
    if (head <= 0xbf) return skip(head & 0x1f);
    switch (head) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return skip(length(2 ** (head - 0xc4)));
      case 0xcb: {
        const double = at + 8 <= message.length ? message.readDoubleBE(at) : 0.5;
        if (
          Number.isInteger(double) &&
          double >= LEAST_INT &&
          double <= GREATEST_INT &&
          !Object.is(double, -0)
        )
          faults.push(`${double} is written as a float 64`);
        return skip(8);
      }
      case 0xcc:
      case 0xcd:
      case 0xce:
        return skip(2 ** (head - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return skip(2 ** (head - 0xd0));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return skip(length(2 ** (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return container(length(head === 0xdc ? 2 : 4), false, depth + 1);
      case 0xde:
      case 0xdf:
        return container(length(head === 0xde ? 2 : 4), true, depth + 1);
      default:
        // float 32 (ca) and the 64-bit integers (cf, d3) are for clients only; the rest is for nobody.
        faults.push(`format 0x${head.toString(16)}`);
    }
  };

  while (at < message.length) {
    const head = message.readUInt8(at);
    if (!((head >= 0x80 && head <= 0x8f) || head === 0xde || head === 0xdf)) faults.push("a frame is no map");
    value(0);
  }
  return faults;
}
