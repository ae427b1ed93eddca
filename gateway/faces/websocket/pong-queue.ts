/**
 * Answers pings. `ws` would do it too, and ends a socket without a word at the 61st that waits: 64 pings in one packet
 * are enough. Here every ping is answered while few pongs wait to leave, and of more only the latest, which RFC 6455
 * (section 5.5.3) allows: no burst ends a socket, and no flood takes memory.
 */

/** Pongs that may wait to leave a socket: 128 KiB at most. */
export const pongsWaitingMax = 1_024;

export class PongQueue {
  private waiting = 0;
  private latest: Buffer | undefined;

  /** @param send hands a pong over, and calls back once it has left */
  constructor(private readonly send: (payload: Buffer, left: () => void) => void) {}

  answer(payload: Buffer): void {
    if (this.waiting < pongsWaitingMax) return this.hand(payload);
    this.latest = Buffer.from(payload); // a view would keep the whole chunk that it came in
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
