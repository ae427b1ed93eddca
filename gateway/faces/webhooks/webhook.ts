/**
 * Sends events to a URL, for who cannot hold a socket: one after another in the log's order, each until it is
 * taken. How far it came is on disk, so an event is sent at least once, whatever happens; `event_id` tells a repeat.
 */
import type { Logger } from "pino";
import { matches } from "../../../protocol/topics.js";
import type { Clock } from "../../clock.js";
import type { WebhookConfig } from "../../config/webhooks.js";
import { eventFrame } from "../../events/event-frame.js";
import type { LoggedEvent, WritableEventLog } from "../../events/event-log.js";
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
  /** Full jitter: a part of the wait, from 0 to 1. Default: random. */
  readonly jitter?: () => number;
}

/** It was stopped before the log could be read. */
const unread = Symbol("unread");

/** Events read from the log at a time. */
const pageSize = 64;

export class Webhook {
  private readonly stopping = new AbortController();
  private wake: () => void = () => {};
  private running: Promise<void> | undefined;
  private unwatch: () => void = () => {};
  private position: number;

  constructor(
    private readonly config: WebhookConfig,
    private readonly secret: string,
    private readonly duties: WebhookDependencies,
  ) {
    this.position = config.since === "start" ? 0 : duties.events.position;
  }

  start(): void {
    const { namespace } = this.config;
    this.unwatch = this.duties.hub.watch(namespace, () => this.wake());
    this.running = this.run();
  }

  /** What is under way is given up, and sent again at the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.unwatch();
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
    const { events } = this.duties;
    const kept = await this.read(() => events.cursor(this.cursorName));
    if (kept === unread) return;
    await this.keep(kept ?? this.position); // a new one begins here, also if it is stopped before its first event
    while (!this.stopped) {
      const news = this.news(); // from now on: what is logged while the log is read wakes it, too
      const page = await this.read(() => events.readAll(this.config.namespace, this.position, pageSize));
      if (page === unread) return;
      for (const event of page) if (!this.stopped) await this.deal(event);
      if (page.length === 0 && !this.stopped) await news;
    }
  }

  private news(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Until the log can be read, or it is stopped. */
  private async read<T>(from: () => Promise<T>): Promise<T | typeof unread> {
    for (let attempt = 1; !this.stopped; attempt++)
      try {
        return await from();
      } catch (error) {
        this.duties.log.warn(
          { webhook: this.config.name, err: error },
          "the event log cannot be read, again",
        );
        await this.pauseAfter(attempt);
      }
    return unread;
  }

  private async deal(event: LoggedEvent): Promise<void> {
    const wanted = this.config.topics.some((topic) => matches(topic, event.topic));
    if (wanted) await this.deliver(event);
    if (!this.stopped) await this.keep(event.position);
  }

  private async deliver(event: LoggedEvent): Promise<void> {
    const { attempts, name } = this.config;
    for (let attempt = 1; !this.stopped; attempt++) {
      const problem = await this.post(event);
      if (problem === undefined) return this.duties.delivery(name, "delivered");
      if (this.stopped) return;
      const told = { webhook: name, event: event.eventId, topic: event.topic, attempt, problem };
      if (attempt >= attempts) {
        this.duties.log.error(told, "an event was given up after its last delivery failed");
        return this.duties.delivery(name, "given_up");
      }
      this.duties.log.warn(told, "a delivery failed, again");
      this.duties.delivery(name, "retried");
      await this.pauseAfter(attempt);
    }
  }

  /** Undefined once it was taken: any 2xx. A redirect is not followed: it would carry the events elsewhere. */
  private async post(event: LoggedEvent): Promise<string | undefined> {
    const { url, timeout_ms } = this.config;
    const body = JSON.stringify(eventFrame(this.duties.events, event));
    const seconds = Math.floor(this.duties.clock.wall() / 1_000);
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

  /** The answer may lie unread in its socket after the process was stopped: that time is not the receiver's. */
  private whenAwakeFor(ms: number, callback: () => void): () => void {
    const { clock } = this.duties;
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
    const ms = bound * (0.5 + (this.duties.jitter?.() ?? Math.random()) / 2);
    return pause(ms, this.duties.clock, this.stopping.signal);
  }

  /** A cursor that cannot be kept now is kept with the next; until then a restart would send again. */
  private async keep(position: number): Promise<void> {
    this.position = position;
    await this.duties.events
      .commit({ cursor: { name: this.cursorName, position } })
      .catch((error: unknown) =>
        this.duties.log.warn({ webhook: this.config.name, err: error }, "no cursor kept"),
      );
  }
}
