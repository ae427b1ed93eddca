/** Delivers each published event to the subscriptions of its topic. An event is in the log before it is published. */

import { SharedFrame } from "../../protocol/shared-frame.js";
import { patternOf } from "../../protocol/topics.js";
import { namespacedKey } from "../auth/namespaced-key.js";
import { eventFrame } from "./event-frame.js";
import type { EventLog, LoggedEvent, TopicKey } from "./event-log.js";
import type { TopicSubscription } from "./subscription.js";

export class Hub {
  /** Subscriptions by namespace and topic; subscriptions to a pattern under the pattern. */
  private readonly listeners = new Map<string, Set<TopicSubscription>>();
  /** Readers without a connection (webhooks), called at every event of their namespace. */
  private readonly wakers = new Map<string, Set<() => void>>();

  constructor(
    readonly log: EventLog,
    private readonly published: (key: TopicKey, listeners: number) => void,
  ) {}

  /**
   * Delivers an event that has just become visible in the log. It is encoded once, however many subscriptions there
   * are.
   */
  readonly publish = (event: LoggedEvent): void => {
    const frame = new SharedFrame(eventFrame(this.log, event));
    let delivered = 0;
    for (const topic of [event.topic, patternOf(event.topic)])
      for (const subscription of this.listeners.get(namespacedKey(event.namespace, topic)) ?? []) {
        subscription.deliver(event.topic, frame);
        delivered++;
      }
    for (const wake of this.wakers.get(event.namespace) ?? []) wake();
    this.published(event, delivered);
  };

  /**
   * Delivers events to the subscription from now on; the subscription itself holds them back until its replay is
   * complete.
   */
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

  /**
   * Calls back at each event of the namespace once it is visible in the log. The function that is returned ends that.
   */
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
