/** The market's feed: one connection that observes each day's log return, in the order of days. */
import type { Gate, Stream } from "../../client/typescript/index.js";
import { InFlight } from "./in-flight.js";
import type { Market } from "./market.js";
import { detector, streamName } from "./parameters.js";
import { Tally } from "./tally.js";

/** The largest number of days that wait for their ack: a week. One connection and one stream keep their order. */
const unackedMax = 5;

export class Feed {
  readonly tally = new Tally();
  private readonly unacked = new InFlight(unackedMax);
  private accepted = 0;

  private constructor(private readonly stream: Stream) {}

  static async open(gate: Gate): Promise<Feed> {
    return new Feed(await gate.openStream(streamName, detector));
  }

  /** The number of observations that the gateway confirmed. */
  get observations(): number {
    return this.accepted;
  }

  /** Sends today's observation; resolves when it has been sent. */
  async observe(today: Market): Promise<void> {
    const time = today.bars.at(-1)?.time;
    const value = today.logReturn;
    if (time === undefined || value === undefined) return;
    await this.unacked.start(async () => {
      const asked = performance.now();
      try {
        const { accepted } = await this.stream.observe(time, [value]);
        this.tally.answered(performance.now() - asked);
        this.accepted += accepted;
      } catch (error) {
        this.tally.failed(`observe: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  }

  /** Resolves when every observation was confirmed or refused. */
  settled(): Promise<void> {
    return this.unacked.settled();
  }
}
