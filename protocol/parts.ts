/** The size of a message in several parts, and the parts joined to one. */

export function sizeOf(message: Uint8Array | readonly Uint8Array[]): number {
  if (message instanceof Uint8Array) return message.length;
  let size = 0;
  for (const part of message) size += part.length;
  return size;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const whole = new Uint8Array(sizeOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
