/**
 * Requests that were encoded once and lie one after another in memory. To send some, only their ids are written: what
 * a generator of load does for each request is then next to nothing, and what is measured is the other side.
 */

/** The largest id: its encoding in MessagePack is the longest, so that every id fits in its place. */
export const placeholderId = 0xffff_ffff;
const placeholder = [0xce, 0xff, 0xff, 0xff, 0xff];

export class PreparedFrames {
  /** Bytes of one frame. */
  readonly frameBytes: number;
  readonly count: number;
  private readonly bytes: Buffer;
  /** Where in a frame the four bytes of its id are. */
  private readonly idAt: number;

  /** @param frames of equal length, each encoded in MessagePack with `placeholderId` among its first fields */
  constructor(frames: readonly Uint8Array[]) {
    const [first = new Uint8Array(0)] = frames;
    this.frameBytes = first.length;
    this.count = frames.length;
    this.bytes = Buffer.concat(frames);
    this.idAt = first.findIndex((_, at) => placeholder.every((byte, i) => first[at + i] === byte)) + 1;
    if (this.idAt === 0 || frames.some(({ length }) => length !== first.length))
      throw new TypeError("prepared frames must hold the placeholder id and have one length");
  }

  /**
   * So many frames as one message, valid until frames are asked for again.
   * @param call of the first one, which chooses the frames
   * @param id of the first one; those of the others follow it
   */
  message(call: number, id: number, frames: number): Uint8Array {
    const first = call % (this.count - frames + 1);
    for (let i = 0; i < frames; i++)
      this.bytes.writeUInt32BE((id + i) >>> 0, (first + i) * this.frameBytes + this.idAt);
    return this.bytes.subarray(first * this.frameBytes, (first + frames) * this.frameBytes);
  }
}
