/**
 * Follows one stream: its changes as they are pushed, and its newest observations. A change comes by subscription, so
 * the client resumes it after a lost connection at its cursor and delivers each change once. Observations are not
 * pushed: the feed asks for the newest few whenever a heartbeat or a change tells that there are more.
 */
import type { Gate } from "../../client/typescript/gate.js";
import type { StreamState } from "../../client/typescript/stream-state.js";
import type { Change, FeedAlarm, StreamEnding, Subscription } from "../../client/typescript/subscription.js";
import { HeadgateError } from "../../protocol/errors.js";
import { regimeTopic } from "../../protocol/topics.js";
import { type ChartHistory, historyOf, joined, observationsToAsk } from "./chart-history.js";
import { withPushed } from "./stream-changes.js";

/** Milliseconds between two heartbeats, which tell of new observations and of silence. */
const heartbeatMs = 1_000;

/** Milliseconds between two questions of a busy stream. */
const pauseMs = 250;

/** What is known of the stream. */
export interface FollowedStream {
  readonly name: string;
  readonly state: StreamState | undefined;
  readonly history: ChartHistory | undefined;
  readonly pushed: readonly Change[];
  /** Milliseconds for which nothing was observed; undefined before the first heartbeat. */
  readonly silentMs: number | undefined;
  /** The last thing that happened to the stream other than changes, in a sentence. */
  readonly news: string | undefined;
  /** Why nothing can be shown. */
  readonly problem: string | undefined;
  /** Why changes are not pushed. */
  readonly notFollowed: string | undefined;
}

export class StreamFeed {
  private subscription: Subscription | undefined;
  private isAsking = false;
  private isStale = false;
  private isEnded = false;
  private lastTs: number | null | undefined;
  private current: FollowedStream;

  constructor(
    private readonly gate: Gate,
    name: string,
    private readonly windowMax: number,
    private readonly changed: () => void,
  ) {
    this.current = {
      name,
      state: undefined,
      history: undefined,
      pushed: [],
      silentMs: undefined,
      news: undefined,
      problem: undefined,
      notFollowed: undefined,
    };
    void this.follow();
    void this.ask();
  }

  get stream(): FollowedStream {
    return this.current;
  }

  end(): void {
    this.isEnded = true;
    this.subscription?.close();
  }

  private async follow(): Promise<void> {
    try {
      this.subscription = this.gate.subscribe(regimeTopic(this.current.name), {
        heartbeatMs,
        onHeartbeat: ({ lastTs, silentMs }) => {
          this.update({ silentMs: silentMs ?? undefined });
          if (lastTs !== this.lastTs) void this.ask();
        },
        onSnapshot: ({ recovered }) => {
          // Changes were missed while the connection was lost, and the log has them no longer: the path still does.
          if (!recovered && this.current.pushed.length > 0) this.restart();
          void this.ask();
        },
        onFeed: (alarm) => this.update({ news: alarmText(alarm) }),
        onEnding: (ending) => this.ending(ending),
      });
      for await (const change of this.subscription) {
        this.update({ pushed: withPushed(this.current.pushed, change) });
        void this.ask();
      }
    } catch (error) {
      this.update({ notFollowed: problemOf(error) });
    }
  }

  private ending(ending: StreamEnding): void {
    const isReplaced = ending.kind === "stream_replaced";
    this.restart();
    this.update({
      news: isReplaced
        ? `The stream was opened anew with ${ending.detector}.`
        : `The stream was ${ending.reason === "expired" ? "closed, because nothing was observed for long" : "closed"}.`,
    });
    if (isReplaced) void this.ask();
  }

  /** Forgets what was drawn, so that the whole window is asked for again. */
  private restart(): void {
    this.update({ history: undefined, state: undefined, pushed: [] });
  }

  /** Asks for the newest observations, one request at a time; what comes meanwhile is asked for afterwards. */
  private async ask(): Promise<void> {
    if (this.isAsking) {
      this.isStale = true;
      return;
    }
    this.isAsking = true;
    try {
      do {
        this.isStale = false;
        await this.askOnce();
        if (this.isStale) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } while (this.isStale && !this.isEnded);
    } catch (error) {
      if (!this.isEnded) this.update({ problem: problemOf(error) });
    } finally {
      this.isAsking = false;
    }
  }

  private async askOnce(): Promise<void> {
    const { name, history, state } = this.current;
    const known = history === undefined ? undefined : state?.observations;
    const bare = known === undefined ? undefined : (await this.gate.streamState(name)).observations;
    const limit = observationsToAsk(known, bare, this.windowMax);
    const { path, ...now } = await this.gate.streamState(name, { path: "filtered", values: true, limit });
    if (this.isEnded || path === undefined) return;
    this.lastTs = now.last_ts;
    const grown = history === undefined ? historyOf(path) : joined(history, path, this.windowMax);
    if (grown === undefined && limit < this.windowMax) this.isStale = true; // the window is asked for as a whole
    this.update({
      state: now,
      history: grown ?? (limit >= this.windowMax ? historyOf(path) : undefined),
      problem: undefined,
    });
  }

  private update(part: Partial<FollowedStream>): void {
    if (this.isEnded) return;
    this.current = { ...this.current, ...part };
    this.changed();
  }
}

function alarmText(alarm: FeedAlarm): string {
  return alarm.kind === "feed_silent"
    ? "The feed fell silent: nothing was observed for longer than the stream allows."
    : "The feed came back.";
}

function problemOf(error: unknown): string {
  if (error instanceof HeadgateError && error.code === "not_found") return "There is no such stream now.";
  return error instanceof Error ? error.message : String(error);
}
