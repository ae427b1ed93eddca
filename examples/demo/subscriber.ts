/**
 * A subscriber to regime changes: one connection and one topic, from which it receives each change once and in order.
 */
import { setTimeout } from "node:timers/promises";
import type { Change, Gate, Since, Subscription } from "../../client/typescript/index.js";

/** Milliseconds to wait for the last pushed changes, after every day was observed. */
const patienceMs = 5_000;

export class Subscriber {
  private readonly received: Change[] = [];
  private ended: unknown;

  private constructor(
    private readonly subscription: Subscription,
    private readonly told: (change: Change) => void,
  ) {}

  /** The cursor at which this subscriber joined, set by `join`: it receives everything after it. */
  private joined: Since | undefined;

  /** Resolves when the gateway has confirmed the subscription: from then on no change is missed. */
  static async join(gate: Gate, topic: string, told: (change: Change) => void): Promise<Subscriber> {
    const subscription = gate.subscribe(topic);
    const subscriber = new Subscriber(subscription, told);
    subscriber.listen().catch((error: unknown) => {
      subscriber.ended = error;
    });
    await subscription.caughtUp;
    subscriber.joined = subscription.cursor;
    return subscriber;
  }

  get changes(): readonly Change[] {
    return this.received;
  }

  /**
   * The cursor at which this subscriber joined.
   * @throws Error when the gateway never sent one
   */
  get beginning(): Since {
    if (this.joined === undefined)
      throw new Error(`${this.subscription.topic}: the gateway confirmed nothing`);
    return this.joined;
  }

  /** The number of changes that have arrived. */
  get count(): number {
    return this.received.length;
  }

  /** Resolves when this many changes have arrived, or after a while without a new one. */
  async awaitChanges(count: number): Promise<void> {
    const until = performance.now() + patienceMs;
    while (this.received.length < count && this.ended === undefined && performance.now() < until)
      await setTimeout(10);
  }

  private async listen(): Promise<void> {
    for await (const change of this.subscription) {
      this.received.push(change);
      this.told(change);
    }
  }
}

/** The changes that a late subscriber receives. */
export interface ResumedHistory {
  readonly changes: readonly Change[];
  /** Whether the gateway confirms that the history is complete. */
  readonly recovered: boolean;
}

/** Receives everything after a cursor. */
export async function resumed(gate: Gate, topic: string, since: Since): Promise<ResumedHistory> {
  let recovered = false;
  const subscription = gate.subscribe(topic, {
    since,
    onSnapshot: (snapshot) => {
      recovered = snapshot.recovered;
    },
  });
  await subscription.caughtUp;
  subscription.close(); // Ends the iteration after the changes that have arrived
  const changes: Change[] = [];
  for await (const change of subscription) changes.push(change);
  return { changes, recovered };
}

/**
 * Describes in words what is wrong with the pushed changes. The list is empty when each change arrived once, in order
 * and without a gap, and a subscriber who resumes from the beginning receives the same changes.
 * @param joined the topic's offset when the subscriber joined
 */
export function wrongWith(pushed: readonly Change[], again: ResumedHistory, joined = 0): readonly string[] {
  const offsets = (changes: readonly Change[]) => changes.map(({ offset }) => offset).join(" ");
  const gapFree = pushed.every(({ offset }, i) => offset === joined + i + 1);
  const times = pushed.map(({ observed_ts }) => observed_ts);
  const inOrder = times.every((time, i) => i === 0 || time > (times[i - 1] ?? Infinity));
  const same = JSON.stringify(pushed) === JSON.stringify(again.changes);
  return [
    ...(pushed.length === 0 ? ["no regime change was pushed"] : []),
    ...(gapFree ? [] : [`changes were missed or repeated: offsets ${offsets(pushed)}`]),
    ...(inOrder ? [] : ["changes came out of the market's order"]),
    ...(same ? [] : [`a replay differs from what was pushed: offsets ${offsets(again.changes)}`]),
    ...(again.recovered ? [] : ["the gateway could not give all changes to one who resumed"]),
  ];
}
