/**
 * Keeps the WebSocket frame of the last message, because the same message is often sent to many sockets one after
 * another. A server's frames are not masked (RFC 6455, section 5.2), so they are equal for all. Measured with one
 * event to 10,000 sockets: one write of one buffer is cheaper than the separate header and payload that `ws` writes.
 */

/** The largest message in bytes that is copied into a frame; larger ones are rare. */
const sizeMax = 65_535;

export class SharedMessage {
  private last: Uint8Array | undefined;
  private frame: Uint8Array | undefined;

  /** The frame of a message that is the same object as the last one; undefined when it is another. */
  framed(message: Uint8Array): Uint8Array | undefined {
    if (message === this.last) {
      this.frame ??= frameOf(message);
      return this.frame;
    }
    this.last = message.length <= sizeMax ? message : undefined;
    this.frame = undefined;
    return undefined;
  }
}

function frameOf(message: Uint8Array): Uint8Array {
  const { length } = message;
  const header = length < 126 ? [0x82, length] : [0x82, 126, length >> 8, length & 0xff];
  const frame = new Uint8Array(header.length + length);
  frame.set(header);
  frame.set(message, header.length);
  return frame;
}
