/** Who listens to what. An event is in the log first, then told to everyone who subscribed. */

import { SharedFrame } from "../../protocol/shared-frame.js";
import { patternOf } from "../../protocol/topics.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import { eventFrame } from "./event-frame.js";
import type { EventLog, LoggedEvent, TopicKey } from "./event-log.js";
import type { TopicSubscription } from "./subscription.js";

export class Hub {
  /** By namespace and topic; patterns under their own. */
  private readonly listeners = new Map<string, Set<TopicSubscription>>();
  /** Readers that are no connection: woken by any event of the namespace. */
  private readonly wakers = new Map<string, Set<() => void>>();

  constructor(
    readonly log: EventLog,
    private readonly published: (key: TopicKey, listeners: number) => void,
  ) {}

  /** Tells of an event that the log shows from now on. Encoded once, however many listen. */
  readonly publish = (event: LoggedEvent): void => {
    const frame = new SharedFrame(eventFrame(this.log, event));
    let told = 0;
    for (const topic of [event.topic, patternOf(event.topic)])
      for (const subscription of this.listeners.get(namespacedKey(event.namespace, topic)) ?? []) {
        subscription.deliver(event.topic, frame);
        told++;
      }
    for (const wake of this.wakers.get(event.namespace) ?? []) wake();
    this.published(event, told);
  };

  /** The subscription hears of events from now on; until its replay is over it holds back. */
  add(subscription: TopicSubscription): void {
    const id = namespacedKey(subscription.namespace, subscription.topic);
    const set = this.listeners.get(id) ?? new Set<TopicSubscription>();
    set.add(subscription);
    this.listeners.set(id, set);
  }

  remove(subscription: TopicSubscription): void {
    const id = namespacedKey(subscription.namespace, subscription.topic);
    const set = this.listeners.get(id);
    set?.delete(subscription);
    if (set?.size === 0) this.listeners.delete(id);
  }

  /** Calls back at each event of the namespace, once the log shows it; the answer ends that. */
  watch(namespace: string, wake: () => void): () => void {
    const set = this.wakers.get(namespace) ?? new Set();
    set.add(wake);
    this.wakers.set(namespace, set);
    return () => set.delete(wake);
  }

  get subscriptions(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}
