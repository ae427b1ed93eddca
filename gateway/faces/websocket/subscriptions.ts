/** The subscriptions of one connection. */
import { HeadgateError } from "../../../protocol/errors.js";
import type { SubscribeFrame } from "../../../protocol/frames.js";
import { isPattern } from "../../../protocol/topics.js";
import { TopicSubscription } from "../../events/subscription.js";
import type { SubscriptionListener } from "../../events/subscription-listener.js";
import { topicsOf } from "../../events/topic-owner.js";
import type { SubscriptionPlace } from "../../requests/topic-service.js";
import type { Services } from "./services.js";

interface PlacedSubscription {
  readonly subscription: TopicSubscription;
  readonly place: SubscriptionPlace;
}

export class ConnectionSubscriptions {
  private readonly byTopic = new Map<string, PlacedSubscription>();

  constructor(
    private readonly services: Services,
    private readonly listener: SubscriptionListener,
  ) {}

  /** The topics and patterns that are subscribed. */
  get topics(): string[] {
    return [...this.byTopic.keys()];
  }

  /**
   * Adds a subscription. It starts at the end of the turn, after the `ack`.
   * @param place of the subscription in its tenant's quota, which ends with it
   * @returns the number of topics that a pattern matches at present; undefined for a single topic
   * @throws HeadgateError
   */
  add(namespace: string, frame: SubscribeFrame, place: SubscriptionPlace): number | undefined {
    const { hub, topics, config, clock, turns } = this.services;
    const { topic } = frame;
    if (this.byTopic.has(topic))
      throw new HeadgateError(
        "failed_precondition",
        `topic: ${topic} is subscribed on this connection already`,
      );
    if (this.byTopic.size >= config.limits.subscriptions)
      throw new HeadgateError("resource_exhausted", `topic: ${this.byTopic.size} subscriptions, the limit`, {
        retryable: false,
      });
    const owner = topics.of(topic);
    const subscription = new TopicSubscription(namespace, frame, this.listener, hub.log, {
      clock,
      turns,
      owner,
    });
    this.byTopic.set(topic, { subscription, place });
    hub.add(subscription);
    queueMicrotask(() => void subscription.start());
    return isPattern(topic) ? topicsOf(topic, namespace, hub.log, owner).length : undefined;
  }

  /** @throws HeadgateError not_found */
  remove(topic: string): void {
    const placed = this.byTopic.get(topic);
    if (placed === undefined) throw new HeadgateError("not_found", `topic: ${topic} is not subscribed`);
    this.end(placed);
  }

  endAll(): void {
    for (const placed of [...this.byTopic.values()]) this.end(placed);
  }

  private end({ subscription, place }: PlacedSubscription): void {
    this.byTopic.delete(subscription.topic);
    subscription.end();
    place.end();
    this.services.hub.remove(subscription);
  }
}
