/**
 * A subscription that outlives its connections: on a new one it resumes after the last event that it saw, so that each
 * change comes once and in order.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type {
  EventFrame,
  FeedResumed,
  FeedSilent,
  HeartbeatFrame,
  RegimeChange,
  RegimeState,
  Since,
  SnapshotFrame,
  StreamClosed,
  StreamReplaced,
  SubscribeMode,
} from "../../protocol/frames.js";
import type { ModelExpired, ModelPromoted } from "../../protocol/promotion-frames.js";
import type { ChallengerKept, RetrainFailed } from "../../protocol/schedule-frames.js";
import { isPattern } from "../../protocol/topics.js";
import type { JobChanged, JobProgress, ModelServing } from "../../protocol/train-frames.js";

/** Where an event is in the gateway's log. */
export interface EventPlace {
  /** The topic that it belongs to. */
  readonly topic: string;
  /** The log's epoch: another one means another log. */
  readonly epoch: string;
  /** The event's number in its topic, counted from 1 without gaps. */
  readonly offset: number;
  /** The event's number in the whole log, increasing. */
  readonly position: number;
  /** Milliseconds since the epoch when the gateway logged it. */
  readonly ts: number;
  /** A name that no other event has. */
  readonly eventId: string;
}

/** A regime change as it was pushed. */
export interface Change extends RegimeChange, EventPlace {}

/** A feed that fell silent or came back, as it was pushed. */
export type FeedAlarm = (FeedSilent | FeedResumed) & EventPlace;

/** A stream that was replaced, closed or expired, as it was pushed. */
export type StreamEnding = (StreamReplaced | StreamClosed) & EventPlace;

/** What happened to a job, as it was pushed. */
export type JobUpdate = (JobProgress | JobChanged) & EventPlace;

/** A version of a model that serves from now on, as it was pushed. */
export type ServingVersion = ModelServing & EventPlace;

/** A version of a model that was promoted, or a promotion that was taken back, as it was pushed. */
export type VersionPromotion = ModelPromoted & EventPlace;

/** A version of a model that has expired, as it was pushed: it refuses every request from now on. */
export type VersionExpiry = ModelExpired & EventPlace;

/** A candidate of a schedule that was published and not promoted, as it was pushed. */
export type KeptChallenger = ChallengerKept & EventPlace;

/** A retraining of a schedule that came to nothing, as it was pushed. */
export type RetrainFailure = RetrainFailed & EventPlace;

/** Says that a subscription lives, and how long its feed has been silent. */
export interface TopicHeartbeat {
  /** The topic, or the pattern, as it was subscribed. */
  readonly topic: string;
  /** The topic's newest event; undefined for the pattern. */
  readonly offset: number | undefined;
  /** The log's position. */
  readonly position: number;
  /** Milliseconds since the epoch of the stream's last observation's own time. */
  readonly lastTs: number | null;
  /** Milliseconds for which the stream was given nothing; null without a stream, and for the pattern. */
  readonly silentMs: number | null;
}

/** How a topic is subscribed. */
export interface SubscribeOptions {
  /** Resume after this cursor. Default: with what happens from now on. */
  readonly since?: Since;
  /** `latest` may skip changes that a busy reader would get late. Default `all`. */
  readonly mode?: SubscribeMode;
  /** Is called with a topic's state whenever a connection has caught up; `recovered` false: changes may be missing. */
  readonly onSnapshot?: (snapshot: TopicSnapshot) => void;
  /** Is called once for each feed that falls silent or comes back, where its stream was opened with `max_silence_ms`. */
  readonly onFeed?: (alarm: FeedAlarm) => void;
  /** Is called once for each stream that is opened anew with another detector, is closed, or expires. */
  readonly onEnding?: (ending: StreamEnding) => void;
  /** Is called with each event of `job.<job>` and `job.*`. */
  readonly onJob?: (event: JobUpdate) => void;
  /** Is called with each event of `model.<model>` and `model.*`. */
  readonly onServing?: (event: ServingVersion) => void;
  /** Is called when a version of such a model is promoted, and when that is taken back. */
  readonly onPromoted?: (event: VersionPromotion) => void;
  /** Is called once for each version of such a model that expires. */
  readonly onExpired?: (event: VersionExpiry) => void;
  /** Is called when a schedule publishes a version of such a model and does not promote it, with both scores. */
  readonly onChallengerKept?: (event: KeptChallenger) => void;
  /** Is called when a schedule's retraining of such a model comes to nothing. `schedules` has the message. */
  readonly onRetrainFailed?: (event: RetrainFailure) => void;
  /** Milliseconds between heartbeats, from 1,000. Default: there are none. */
  readonly heartbeatMs?: number;
  /** Is called with each heartbeat. */
  readonly onHeartbeat?: (heartbeat: TopicHeartbeat) => void;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** A topic's state at a moment. */
export interface TopicSnapshot {
  /** The topic. */
  readonly topic: string;
  /** True when no change after `since` was missed. */
  readonly recovered: boolean;
  /** The state of its stream; null when there is none. */
  readonly state: RegimeState | null;
}

/** Changes that may wait for a reader. With more, the iteration fails, so that the memory does not run out. */
const waitingMax = 100_000;

/** Regime changes of a topic: `for await (const change of subscription)`. Leaving the loop unsubscribes. */
export class Subscription implements AsyncIterable<Change> {
  private readonly ready: Change[] = [];
  private wake: (() => void) | undefined;
  private ending: { readonly error: HeadgateError | undefined } | undefined;
  private since: Since | undefined;
  /** The last offset seen, by topic: a replay never repeats one. */
  private readonly offsets = new Map<string, number>();
  /** The epoch that they belong to. */
  private epoch: string | undefined;
  /** The cursor to resume at once this connection has caught up; until then a pattern resumes at the old one. */
  private reached: Since | undefined;
  private catchingUp = true;
  private keepsCursor = false;
  private settleReady: (() => void) | undefined;
  /**
   * Settles once everything that was missed has come. For a pattern, which may have no topics yet, it settles once the
   * gateway has confirmed the subscription.
   */
  readonly caughtUp = new Promise<void>((resolve) => {
    this.settleReady = resolve;
  });

  /** @internal */
  constructor(
    /** The topic or the pattern, as it was subscribed. */
    readonly topic: string,
    /** How it was subscribed. */
    readonly options: SubscribeOptions,
    private readonly unsubscribe: () => void,
    private readonly onConfirmed: () => void = () => {},
  ) {
    this.since = options.since;
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Where to resume. Keep it and give it as `since` to resume from another process. */
  get cursor(): Since | undefined {
    return this.since;
  }

  /** Whether everything that was missed came on this connection. @internal */
  get isCaughtUp(): boolean {
    return !this.catchingUp;
  }

  /** Prepares for a new connection, which subscribes again. @internal */
  begin(): void {
    this.catchingUp = true;
    this.keepsCursor = this.since !== undefined;
    this.reached = undefined;
  }

  /** Takes an event; one that came before is dropped. @internal */
  event(frame: EventFrame): void {
    const { topic, epoch, offset, position, ts, event_id: eventId, data } = frame;
    if (epoch === this.epoch && offset <= (this.offsets.get(topic) ?? 0)) return;
    if (this.ready.length >= waitingMax)
      return this.end(
        new HeadgateError("resource_exhausted", `${waitingMax} changes of ${this.topic} wait to be read`),
      );
    this.advance(topic, epoch, offset, position);
    const logged = { topic, epoch, offset, position, ts, eventId };
    if (data.kind === "feed_silent" || data.kind === "feed_resumed")
      return this.options.onFeed?.({ ...data, ...logged });
    if (data.kind === "stream_replaced" || data.kind === "stream_closed")
      return this.options.onEnding?.({ ...data, ...logged });
    if (data.kind === "job_progress" || data.kind === "job_changed")
      return this.options.onJob?.({ ...data, ...logged });
    if (data.kind === "model_serving") return this.options.onServing?.({ ...data, ...logged });
    if (data.kind === "model_promoted") return this.options.onPromoted?.({ ...data, ...logged });
    if (data.kind === "model_expired") return this.options.onExpired?.({ ...data, ...logged });
    if (data.kind === "challenger_kept") return this.options.onChallengerKept?.({ ...data, ...logged });
    if (data.kind === "retrain_failed") return this.options.onRetrainFailed?.({ ...data, ...logged });
    if (data.kind !== "regime_change") return; // a later gateway may have other kinds of events
    this.ready.push({ ...data, ...logged });
    this.wake?.();
  }

  /** Takes a heartbeat. @internal */
  heartbeat({ topic, offset, position, last_ts: lastTs, silent_ms: silentMs }: HeartbeatFrame): void {
    this.options.onHeartbeat?.({ topic, offset, position, lastTs, silentMs });
  }

  /** Takes a snapshot. @internal */
  snapshot({ topic, epoch, offset, position, recovered, to_come: toCome, data }: SnapshotFrame): void {
    if (!recovered) this.advance(topic, epoch, offset, position);
    this.settleReady?.();
    if (!toCome) this.arrive();
    this.options.onSnapshot?.({ topic, recovered, state: data?.kind === "regime_state" ? data : null });
  }

  /**
   * Notes that the gateway has subscribed.
   * @param snapshots how many will come; undefined when the gateway does not say
   * @internal
   */
  confirmed(snapshots: number | undefined): void {
    if (isPattern(this.topic)) this.settleReady?.();
    if (snapshots === 0) this.arrive();
    this.onConfirmed();
  }

  /** Ends the iteration and unsubscribes. */
  close(): void {
    this.end(undefined);
  }

  /** Ends the iteration, with an error where there is one. @internal */
  end(error: HeadgateError | undefined): void {
    if (this.ending !== undefined) return;
    this.ending = { error };
    this.unsubscribe();
    this.settleReady?.();
    this.wake?.();
  }

  /** The changes, in order; each once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Change, void> {
    try {
      for (;;) {
        for (let batch = this.ready.splice(0); batch.length > 0; batch = this.ready.splice(0)) yield* batch;
        if (this.ending?.error !== undefined) throw this.ending.error;
        if (this.ending !== undefined) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      this.close();
    }
  }

  private arrive(): void {
    this.catchingUp = false;
    this.since = this.reached ?? this.since;
    this.reached = undefined;
  }

  private advance(topic: string, epoch: string, offset: number, position: number): void {
    if (epoch !== this.epoch) this.offsets.clear();
    this.epoch = epoch;
    this.offsets.set(topic, offset);
    if (!isPattern(this.topic)) {
      this.since = { epoch, offset };
      return;
    }
    const before = this.reached ?? this.since;
    const reached = {
      epoch,
      position: Math.max(position, (before?.epoch === epoch && before.position) || 0),
    };
    // A snapshot that is still to come may say that events are gone, and a cursor beyond them would hide that. Until
    // then the old cursor is kept, which asks for them again.
    if (this.catchingUp && this.keepsCursor) this.reached = reached;
    else this.since = reached;
  }
}
