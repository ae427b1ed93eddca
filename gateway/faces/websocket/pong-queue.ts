/**
 * Answers pings. `ws` could do it, but it closes a socket without a close frame when 61 pongs wait: 64 pings in one
 * packet are enough. Here every ping is answered while few pongs wait, and beyond that only the latest one, which RFC
 * 6455 (section 5.5.3) allows. So no burst ends a socket, and no flood uses much memory.
 */

/** The largest number of pongs that wait to be sent on a socket: at most 128 KiB. */
export const pongsWaitingMax = 1_024;

export class PongQueue {
  private waiting = 0;
  private latest: Buffer | undefined;

  /** @param send sends a pong, and calls back once it was sent */
  constructor(private readonly send: (payload: Buffer, left: () => void) => void) {}

  answer(payload: Buffer): void {
    if (this.waiting < pongsWaitingMax) return this.hand(payload);
    this.latest = Buffer.from(payload); // a copy, because a view would keep the whole received chunk in memory
  }

  private hand(payload: Buffer): void {
    this.waiting++;
    this.send(payload, () => this.left());
  }

  private left(): void {
    this.waiting--;
    if (this.latest === undefined || this.waiting > 0) return;
    const { latest } = this;
    this.latest = undefined;
    this.hand(latest);
  }
}
