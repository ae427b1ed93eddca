/**
 * The calls that wait for events. Their number is limited, and they end when an event comes, when their time is over,
 * when the client leaves, when its credential ends, and when the gateway drains.
 */
import { HeadgateError } from "../../../protocol/errors.js";
import { nameIn } from "../../../protocol/topics.js";
import type { Authenticators } from "../../auth/authenticators.js";
import { requireSubscription } from "../../auth/authorization.js";
import type { Principal } from "../../auth/principal.js";
import { TokenReview } from "../../auth/token-review.js";
import type { Clock } from "../../clock.js";
import { eventNamespace, topicKey } from "../../events/event-namespace.js";
import type { Hub } from "../../events/hub.js";
import type { TopicOwners } from "../../events/topic-owner.js";
import {
  type EventCursor,
  type EventPage,
  type EventsRequest,
  readEvents,
} from "../../requests/event-page.js";

/** Calls that may wait at the same time, over all tenants and of one tenant. */
const waitsMax = 512;
const tenantWaitsMax = 128;

/** Milliseconds between two checks of the credential and two reports of progress. */
const tickMs = 5_000;

export interface EventWait {
  readonly principal: Principal;
  readonly request: EventsRequest;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called every few seconds with the milliseconds that have passed. */
  readonly waiting?: ((elapsedMs: number) => void) | undefined;
}

export interface WaitOutcome extends EventPage {
  readonly ended: "events" | "timeout" | "draining";
}

export class EventWaits {
  private readonly wakes = new Map<() => void, Principal>();
  private isDraining = false;

  constructor(
    private readonly clock: Clock,
    private readonly hub: Pick<Hub, "log" | "watch">,
    private readonly topics: Pick<TopicOwners, "of">,
    private readonly authenticators: Pick<Authenticators, "generation" | "review">,
  ) {}

  get count(): number {
    return this.wakes.size;
  }

  *principals(): Generator<Principal, void, undefined> {
    yield* this.wakes.values();
  }

  /** After the newest event of a topic. */
  present(namespace: string, topic: string): EventCursor {
    const { log } = this.hub;
    return { epoch: log.epoch, offset: log.lastOffset(topicKey(namespace, topic)) };
  }

  /**
   * A misspelt stream would never have an event.
   * @throws HeadgateError not_found when the topic has no stream and never had an event
   */
  requireKnown(namespace: string, topic: string): void {
    const key = topicKey(namespace, topic);
    if (this.hub.log.lastOffset(key) > 0 || this.topics.of(topic).state(key) !== null) return;
    throw new HeadgateError("not_found", `stream: ${nameIn(topic)} is not open and never had an event`);
  }

  /** Ends all calls that wait; each is answered with the cursor from which its client continues. */
  drain(): void {
    this.isDraining = true;
    for (const wake of [...this.wakes.keys()]) wake();
  }

  /**
   * @throws HeadgateError resource_exhausted when too many calls wait; cancelled; unauthenticated or permission_denied
   * when the credential ended meanwhile
   */
  async wait(wait: EventWait): Promise<WaitOutcome> {
    const { principal, request, timeoutMs, signal, waiting } = wait;
    this.requireRoom(principal);
    this.requireKnown(principal.namespace, request.topic);
    const { clock, hub } = this;
    const startedAt = clock.now();
    // A call cannot renew its token: without a grace it ends, and its client calls again with another.
    const review = new TokenReview(this.authenticators, 0);
    let reviewed = principal;
    const requireTopic = (changed: Principal) => requireSubscription(changed, request.topic);
    const alarm = new Alarm();
    const wake = () => alarm.ring();
    this.wakes.set(wake, principal);
    const stopWatching = hub.watch(eventNamespace(request.topic, principal.namespace), wake);
    signal.addEventListener("abort", wake);
    const since = request.since ?? this.present(principal.namespace, request.topic);
    const tick = () => {
      waiting?.(clock.now() - startedAt);
      alarm.ring();
      stopTicking = clock.after(Math.min(tickMs, remaining()), tick);
    };
    const remaining = () => Math.max(1, startedAt + timeoutMs - clock.now());
    let stopTicking = clock.after(Math.min(tickMs, remaining()), tick);
    try {
      for (;;) {
        if (signal.aborted) throw new HeadgateError("cancelled", "the client left");
        const verdict = review.of(reviewed, requireTopic, clock.wall());
        if (verdict.kind === "over") throw new HeadgateError(verdict.code, verdict.reason);
        reviewed = verdict.principal;
        this.wakes.set(wake, reviewed);
        if (this.isNews(principal, request.topic, since)) {
          const page = await readEvents(hub.log, principal.namespace, { ...request, since });
          if (page.events.length > 0 || page.lost) return { ...page, ended: "events" };
        }
        const nothing = { events: [], cursor: since, later: 0, lost: false };
        if (this.isDraining) return { ...nothing, ended: "draining" };
        if (clock.now() - startedAt >= timeoutMs) return { ...nothing, ended: "timeout" };
        await alarm.rung();
      }
    } finally {
      stopTicking();
      stopWatching();
      signal.removeEventListener("abort", wake);
      this.wakes.delete(wake);
    }
  }

  private requireRoom({ tenant }: Principal): void {
    let own = 0;
    for (const principal of this.wakes.values()) if (principal.tenant === tenant) own++;
    if (this.wakes.size < waitsMax && own < tenantWaitsMax) return;
    const which = own >= tenantWaitsMax ? `${own} calls of this tenant` : `${this.wakes.size} calls`;
    throw new HeadgateError(
      "resource_exhausted",
      `${which} wait for events already, which is the limit: read them with get_events instead`,
      { retryAfterMs: 10_000 },
    );
  }

  /** The log is read only when there is something to read: events of other topics wake all calls of a namespace. */
  private isNews({ namespace }: Principal, topic: string, { epoch, offset }: EventCursor): boolean {
    const { log } = this.hub;
    return epoch !== log.epoch || log.lastOffset(topicKey(namespace, topic)) !== offset;
  }
}

/** Remembers that it rang, so that nothing is missed between two waits. */
class Alarm {
  private hasRung = false;
  private waiter: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.waiter?.();
  }

  async rung(): Promise<void> {
    if (!this.hasRung)
      await new Promise<void>((resolve) => {
        this.waiter = resolve;
      });
    this.hasRung = false;
    this.waiter = undefined;
  }
}
