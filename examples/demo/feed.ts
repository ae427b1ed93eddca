/**
 * The market's feed: one connection that observes each day's log return, in the order of days. While no gateway
 * answers, the client keeps the observations and sends them when there is one again.
 */
import type { Gate, Stream } from "../../client/typescript/index.js";
import type { ObservationCounts } from "./delivery.js";
import { InFlight } from "./in-flight.js";
import type { Market } from "./market.js";
import { detector, streamName } from "./parameters.js";
import { Tally } from "./tally.js";

/** The largest number of days that wait for their ack: a week. One connection and one stream keep their order. */
const unackedMax = 5;
/** The largest number of days that wait for their ack while the gateway is away: four years. */
const unackedAwayMax = 1_000;
/** Milliseconds that an observation may wait for its ack: as long as a gateway may take to come back. */
const timeoutMs = 60_000;

export class Feed {
  readonly tally = new Tally();
  private readonly unacked: InFlight;
  private readonly counts = {
    sent: 0,
    acked_before_kill: 0,
    acked_after_kill: 0,
    acked_as_duplicate: 0,
    failed: 0,
  };
  private unackedAtKill = 0;
  private killed = false;

  private constructor(
    readonly gate: Gate,
    private readonly stream: Stream,
    private readonly isAway: () => boolean,
  ) {
    this.unacked = new InFlight(() => (isAway() ? unackedAwayMax : unackedMax));
  }

  /** @param isAway whether the gateway is away, so that the market must not wait for acks */
  static async open(gate: Gate, isAway: () => boolean): Promise<Feed> {
    return new Feed(gate, await gate.openStream(streamName, detector), isAway);
  }

  /** The number of observations that the gateway confirmed. */
  get observations(): number {
    return this.counts.acked_before_kill + this.counts.acked_after_kill;
  }

  /**
   * What became of the observations so far.
   * @param kept the number of observations that the gateway says the stream has
   */
  counted(kept: number): ObservationCounts {
    const { unackedAtKill: unacked_at_kill } = this;
    const kept_at_return = this.killed ? this.stream.observations : null;
    return { ...this.counts, unacked_at_kill, kept_at_return, kept };
  }

  /** Notes that the gateway is being killed: later acks count as acks after the kill. */
  noteKill(): void {
    this.killed = true;
    this.unackedAtKill = this.unacked.count;
  }

  /** Sends today's observation; resolves when it has been sent. */
  async observe(today: Market): Promise<void> {
    const time = today.bars.at(-1)?.time;
    const value = today.logReturn;
    if (time === undefined || value === undefined) return;
    await this.unacked.start(() => this.put(time, value));
  }

  /** Resolves when every observation was confirmed or refused. */
  settled(): Promise<void> {
    return this.unacked.settled();
  }

  /** Ends the stream, so that it can begin again from its first day. */
  close(): Promise<void> {
    return this.stream.close();
  }

  /** One row gets one ack. A duplicate is a row that the gateway had taken when it was killed before its ack. */
  private async put(time: number, value: number): Promise<void> {
    this.counts.sent++;
    const asked = performance.now();
    const [away, killed] = [this.isAway(), this.killed];
    try {
      const { accepted, duplicates } = await this.stream.observe(time, [value], { timeoutMs });
      if (accepted + duplicates !== 1) throw new Error(`an ack of ${accepted + duplicates} rows for one row`);
      this.counts.acked_as_duplicate += duplicates;
      this.counts[this.killed ? "acked_after_kill" : "acked_before_kill"]++;
      if (away || killed !== this.killed) this.tally.answeredAfterOutage();
      else this.tally.answered(performance.now() - asked);
    } catch (error) {
      this.counts.failed++;
      this.tally.failed(`observe: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
