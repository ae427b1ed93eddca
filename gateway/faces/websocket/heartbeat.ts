/**
 * Detects dead peers. Any received byte proves that the peer is alive, and so does output that the network accepts,
 * because a ping may be queued behind a large message. A pure state machine that is given the time.
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
