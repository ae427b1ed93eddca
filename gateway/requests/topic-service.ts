/** The requests that concern topics: reads their events and subscribes to them. */
import { requireSubscription } from "../auth/authorization.js";
import type { EventLog } from "../events/event-log.js";
import { type EventPage, type EventsRequest, readEvents } from "./event-page.js";
import type { RequestLifecycle } from "./request-lifecycle.js";
import type { Requester, RequestName } from "./requester.js";

/** The place of a subscription in its tenant's quota. */
export interface SubscriptionPlace {
  /** Called once, when the subscription ends. */
  end(): void;
}

export class TopicService {
  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly log: EventLog,
  ) {}

  /** The events of one topic after a cursor, or its newest ones. */
  events(requester: Requester, request: EventsRequest, name?: RequestName): Promise<EventPage> {
    return this.lifecycle.work(requester, "events", name, async () => {
      this.lifecycle.admit(requester);
      requireSubscription(requester.principal, request.topic);
      const { namespace } = requester.principal;
      return readEvents(this.log, namespace, request);
    });
  }

  /**
   * Checks the right to a topic, or to all topics of a pattern, and starts what a face does with it.
   * @throws HeadgateError permission_denied, resource_exhausted, or what `start` throws
   */
  subscribe<T>(
    requester: Requester,
    topic: string,
    name: RequestName,
    start: (place: SubscriptionPlace) => T,
  ): T {
    return this.lifecycle.immediately(requester, "subscribe", name, () => {
      requireSubscription(requester.principal, topic);
      const account = this.lifecycle.accountOf(requester);
      account.requireRoomFor("subscriptions", 1);
      const started = start({ end: () => account.release("subscriptions", 1) });
      account.hold("subscriptions", 1);
      return started;
    });
  }
}
