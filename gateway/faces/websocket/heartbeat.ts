/**
 * Tells a dead peer from a quiet one. Anything that arrives counts as life, and so does output that
 * leaves: a ping may be stuck behind a big message. A pure machine: it is told the time.
 */
export type HeartbeatAction = "quiet" | "ping" | "dead";

export interface ConnectionTraffic {
  readonly receivedBytes: number;
  readonly bufferedBytes: number;
}

export class Heartbeat {
  private aliveAt: number;
  private pingedAt: number | undefined;
  private received = 0;
  private buffered = 0;

  constructor(
    private readonly pingMs: number,
    private readonly pongMs: number,
    now: number,
  ) {
    this.aliveAt = now;
  }

  beat(now: number, traffic: ConnectionTraffic): HeartbeatAction {
    const moved = traffic.receivedBytes > this.received || traffic.bufferedBytes < this.buffered;
    this.received = traffic.receivedBytes;
    this.buffered = traffic.bufferedBytes;
    if (moved) {
      this.aliveAt = now;
      this.pingedAt = undefined;
    }
    if (this.pingedAt !== undefined) return now - this.pingedAt >= this.pongMs ? "dead" : "quiet";
    if (now - this.aliveAt < this.pingMs) return "quiet";
    this.pingedAt = now;
    return "ping";
  }
}
