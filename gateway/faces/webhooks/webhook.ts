/**
 * Sends events to a URL, for receivers that cannot keep a socket open. Events are sent one after another in the order
 * of the log, each repeated until the receiver accepts it or its attempts are used up. The position is stored on
 * disk, so every event is sent at least once; `event_id` identifies a repeat.
 */
import type { Logger } from "pino";
import { matches } from "../../../protocol/topics.js";
import type { Clock } from "../../clock.js";
import type { WebhookConfig } from "../../config/webhooks.js";
import { eventFrame } from "../../events/event-frame.js";
import type { LoggedEvent, WritableEventLog } from "../../events/event-log.js";
import { eventNamespace } from "../../events/event-namespace.js";
import type { Hub } from "../../events/hub.js";
import { pause } from "../../waiting/pause.js";
import { signature } from "./signature.js";

export type DeliveryOutcome = "delivered" | "retried" | "given_up";

export interface WebhookDependencies {
  readonly events: WritableEventLog;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly delivery: (name: string, outcome: DeliveryOutcome) => void;
  /** The random part of the wait (full jitter), from 0 to 1. Default: Math.random. */
  readonly jitter?: () => number;
}

/** The result of a read when the webhook was stopped before the log could be read. */
const unread = Symbol("unread");

/** The number of events that are read from the log at a time. */
const pageSize = 64;

export class Webhook {
  private readonly stopping = new AbortController();
  private wake: () => void = () => {};
  private running: Promise<void> | undefined;
  private unwatch: (() => void)[] = [];
  /** Those whose logs have events of the topics: the webhook's own, and the one that all share. */
  private readonly namespaces: readonly string[];
  private position: number;

  constructor(
    private readonly config: WebhookConfig,
    private readonly secret: string,
    private readonly dependencies: WebhookDependencies,
  ) {
    this.namespaces = [...new Set(config.topics.map((topic) => eventNamespace(topic, config.namespace)))];
    this.position = config.since === "start" ? 0 : dependencies.events.position;
  }

  start(): void {
    const { hub } = this.dependencies;
    this.unwatch = this.namespaces.map((namespace) => hub.watch(namespace, () => this.wake()));
    this.running = this.run();
  }

  /** Aborts the request in progress. Its event is sent again after the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const unwatch of this.unwatch) unwatch();
    this.wake();
    await this.running;
  }

  private get cursorName(): string {
    return `webhook ${this.config.name}`;
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  private async run(): Promise<void> {
    const { events } = this.dependencies;
    const stored = await this.read(() => events.cursor(this.cursorName));
    if (stored === unread) return;
    // A new webhook begins at the current position, even if it is stopped before its first event.
    await this.store(stored ?? this.position);
    while (!this.stopped) {
      const logged = this.nextEvent(); // created before the log is read, so that events logged during the read are noticed
      const page = await this.read(() => this.page(events));
      if (page === unread) return;
      for (const event of page) if (!this.stopped) await this.handle(event);
      if (page.length === 0 && !this.stopped) await logged;
    }
  }

  /** The oldest events after the position, of all namespaces together. */
  private async page(events: WritableEventLog): Promise<readonly LoggedEvent[]> {
    const pages = await Promise.all(
      this.namespaces.map((namespace) => events.readAll(namespace, this.position, pageSize)),
    );
    return pages
      .flat()
      .sort((a, b) => a.position - b.position)
      .slice(0, pageSize);
  }

  private nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Repeats the read until it succeeds or the webhook is stopped. */
  private async read<T>(from: () => Promise<T>): Promise<T | typeof unread> {
    for (let attempt = 1; !this.stopped; attempt++)
      try {
        return await from();
      } catch (error) {
        this.dependencies.log.warn(
          { webhook: this.config.name, err: error },
          "the event log cannot be read; the read is repeated",
        );
        await this.pauseAfter(attempt);
      }
    return unread;
  }

  private async handle(event: LoggedEvent): Promise<void> {
    const wanted = this.config.topics.some((topic) => matches(topic, event.topic));
    if (wanted) await this.deliver(event);
    if (!this.stopped) await this.store(event.position);
  }

  private async deliver(event: LoggedEvent): Promise<void> {
    const { attempts, name } = this.config;
    for (let attempt = 1; !this.stopped; attempt++) {
      const problem = await this.post(event);
      if (problem === undefined) return this.dependencies.delivery(name, "delivered");
      if (this.stopped) return;
      const details = { webhook: name, event: event.eventId, topic: event.topic, attempt, problem };
      if (attempt >= attempts) {
        this.dependencies.log.error(details, "an event was given up after its last delivery failed");
        return this.dependencies.delivery(name, "given_up");
      }
      this.dependencies.log.warn(details, "a delivery failed; it is repeated");
      this.dependencies.delivery(name, "retried");
      await this.pauseAfter(attempt);
    }
  }

  /**
   * Sends an event. Answers undefined when the receiver accepted it with any 2xx status, or the problem. Redirects
   * are not followed, because they could send the events to another server.
   */
  private async post(event: LoggedEvent): Promise<string | undefined> {
    const { url, timeout_ms } = this.config;
    const body = JSON.stringify(eventFrame(this.dependencies.events, event));
    const seconds = Math.floor(this.dependencies.clock.wall() / 1_000);
    const headers = {
      "content-type": "application/json",
      "headgate-event-id": event.eventId,
      "headgate-timestamp": String(seconds),
      "headgate-signature": signature(this.secret, seconds, body),
    };
    const patience = new AbortController();
    const stopWaiting = this.whenAwakeFor(timeout_ms, () => patience.abort(new Error("no answer in time")));
    const signal = AbortSignal.any([this.stopping.signal, patience.signal]);
    try {
      const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
      await answer.body?.cancel();
      return answer.ok ? undefined : `HTTP ${answer.status}`;
    } catch (error) {
      return error instanceof Error ? String(error.cause ?? error.message) : String(error);
    } finally {
      stopWaiting();
    }
  }

  /**
   * Counts only time in which this process ran: after a pause the response may lie unread in the socket, and that
   * time must not count against the receiver.
   */
  private whenAwakeFor(ms: number, callback: () => void): () => void {
    const { clock } = this.dependencies;
    const until = clock.awake() + ms;
    let cancel = () => {};
    const wait = (restMs: number) => {
      cancel = clock.after(restMs, () => {
        const rest = until - clock.awake();
        if (rest > 0) wait(rest);
        else callback();
      });
    };
    wait(ms);
    return () => cancel();
  }

  private pauseAfter(attempt: number): Promise<void> {
    const { retry_min_ms, retry_max_ms } = this.config;
    const bound = Math.min(retry_max_ms, retry_min_ms * 2 ** Math.min(attempt - 1, 30));
    const ms = bound * (0.5 + (this.dependencies.jitter?.() ?? Math.random()) / 2);
    return pause(ms, this.dependencies.clock, this.stopping.signal);
  }

  /**
   * Stores the position. If that fails it is stored with the next event; after a restart in between, the event is
   * sent again.
   */
  private async store(position: number): Promise<void> {
    this.position = position;
    await this.dependencies.events
      .commit({ cursor: { name: this.cursorName, position } })
      .catch((error: unknown) =>
        this.dependencies.log.warn(
          { webhook: this.config.name, err: error },
          "the position of the last handled event cannot be stored",
        ),
      );
  }
}
