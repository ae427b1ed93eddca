/** Whoever wants to know of regime changes: one socket, one topic, each change once and in order. */
import { setTimeout } from "node:timers/promises";
import type { Change, Gate, Since, Subscription } from "headgate-client";

/** For what was pushed to arrive once everything was observed. */
const patienceMs = 5_000;

export class Subscriber {
  private readonly received: Change[] = [];
  private ended: unknown;

  private constructor(
    private readonly subscription: Subscription,
    private readonly told: (change: Change) => void,
  ) {}

  /** Settles once the gateway has confirmed it: from then on nothing is missed. */
  static async join(gate: Gate, topic: string, told: (change: Change) => void): Promise<Subscriber> {
    const subscription = gate.subscribe(topic);
    const subscriber = new Subscriber(subscription, told);
    subscriber.listen().catch((error: unknown) => {
      subscriber.ended = error;
    });
    await subscription.caughtUp;
    return subscriber;
  }

  get changes(): readonly Change[] {
    return this.received;
  }

  /** Where its log begins. @throws Error when it was never told of one */
  get beginning(): Since {
    const { cursor } = this.subscription;
    if (cursor === undefined) throw new Error(`${this.subscription.topic}: the gateway confirmed nothing`);
    return { epoch: cursor.epoch, offset: 0 };
  }

  /** Settles when so many changes came, or after a while without them. */
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

/** What a subscriber gets who comes late. */
export interface ResumedHistory {
  readonly changes: readonly Change[];
  /** Whether the gateway says that these are all. */
  readonly recovered: boolean;
}

/** Everything after a cursor. */
export async function resumed(gate: Gate, topic: string, since: Since): Promise<ResumedHistory> {
  let recovered = false;
  const subscription = gate.subscribe(topic, {
    since,
    onSnapshot: (snapshot) => {
      recovered = snapshot.recovered;
    },
  });
  await subscription.caughtUp;
  subscription.close(); // ends the iteration after what has arrived
  const changes: Change[] = [];
  for await (const change of subscription) changes.push(change);
  return { changes, recovered };
}

/**
 * What is wrong with what a subscriber was pushed, in words; nothing when each change came once, in
 * order and without a gap, and one who resumes from the beginning is told the very same.
 */
export function wrongWith(pushed: readonly Change[], again: ResumedHistory): readonly string[] {
  const offsets = (changes: readonly Change[]) => changes.map(({ offset }) => offset).join(" ");
  const gapFree = pushed.every(({ offset }, i) => offset === i + 1);
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
