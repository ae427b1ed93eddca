/** Who listens to what. An event is logged first, then told to everyone who subscribed. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RegimeChange } from "../../protocol/frames.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import { everyRegime } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { EventLog, TopicKey } from "./event-log.js";
import { eventFrame, type Subscription } from "./subscription.js";

/** Events after which the loop turns, so that a batch full of changes is no slow reader's fault. */
const burstSize = 64;

export class Hub {
  private publishedCount = 0;
  /** By namespace and topic; patterns under their own. */
  private readonly listeners = new Map<string, Set<Subscription>>();

  constructor(
    readonly log: EventLog,
    private readonly clock: Clock,
    private readonly published: (key: TopicKey, listeners: number) => void,
  ) {}

  /** Settles once the event is logged and told, and, in a burst, once sockets could take what was told. */
  async publish(key: TopicKey, change: RegimeChange): Promise<void> {
    const event = await this.log.append(key, change, this.clock.wall());
    const frame = new SharedFrame(eventFrame(this.log, event));
    let told = 0;
    for (const topic of [key.topic, everyRegime])
      for (const subscription of this.listeners.get(idOf(key.namespace, topic)) ?? []) {
        subscription.deliver(key.topic, frame);
        told++;
      }
    this.published(key, told);
    if (++this.publishedCount % burstSize === 0) await nextTurn();
  }

  /** The subscription hears of events from now on; until its replay is over it holds back. */
  add(subscription: Subscription): void {
    const id = idOf(subscription.namespace, subscription.topic);
    const set = this.listeners.get(id) ?? new Set<Subscription>();
    set.add(subscription);
    this.listeners.set(id, set);
  }

  remove(subscription: Subscription): void {
    const id = idOf(subscription.namespace, subscription.topic);
    const set = this.listeners.get(id);
    set?.delete(subscription);
    if (set?.size === 0) this.listeners.delete(id);
  }

  get subscriptions(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

function idOf(namespace: string, topic: string): string {
  return `${namespace}\u0000${topic}`;
}
