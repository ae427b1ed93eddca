/**
 * A subscription that survives its connections: it resumes after the last event it saw, so that each
 * change comes once and in order. An async iterable; leaving the loop unsubscribes.
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
import { everyRegime } from "../../protocol/topics.js";

/** A regime change as it was pushed. */
export interface Change extends RegimeChange {
  readonly topic: string;
  readonly epoch: string;
  readonly offset: number;
  readonly position: number;
  /** Milliseconds since the epoch when the gateway logged it. */
  readonly ts: number;
  readonly eventId: string;
}

/** A feed that fell silent or came back, as it was pushed. */
export type FeedAlarm = (FeedSilent | FeedResumed) & Omit<Change, keyof RegimeChange>;

/** A stream that was replaced, closed or expired, as it was pushed. */
export type StreamEnding = (StreamReplaced | StreamClosed) & Omit<Change, keyof RegimeChange>;

/** That a subscription lives, and how its feed does. */
export interface TopicHeartbeat {
  readonly topic: string;
  /** The topic's newest event; undefined for the pattern. */
  readonly offset: number | undefined;
  readonly position: number;
  /** Milliseconds since the epoch of the stream's last observation's own time. */
  readonly lastTs: number | null;
  /** Milliseconds for which the stream was given nothing; null without a stream, and for the pattern. */
  readonly silentMs: number | null;
}

export interface SubscribeOptions {
  /** Resume after this cursor. */
  readonly since?: Since;
  /** `latest` may skip changes that a busy reader would get late. Default `all`. */
  readonly mode?: SubscribeMode;
  /** Hears where a topic stands whenever a (re)connection has caught up; `recovered` false: changes may be missing. */
  readonly onSnapshot?: (snapshot: TopicSnapshot) => void;
  /** Hears of feeds that fall silent and come back, where who opened the stream set `max_silence_ms`; each once. */
  readonly onFeed?: (alarm: FeedAlarm) => void;
  /** Hears of streams that are opened anew with another detector, closed, or expire; each once. */
  readonly onEnding?: (ending: StreamEnding) => void;
  /** Milliseconds between heartbeats, from 1,000; absent: none. */
  readonly heartbeatMs?: number;
  readonly onHeartbeat?: (heartbeat: TopicHeartbeat) => void;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

export interface TopicSnapshot {
  readonly topic: string;
  readonly recovered: boolean;
  readonly state: RegimeState | null;
}

/** Changes that may wait for a reader; past it the iteration fails rather than eat the memory. */
const waitingMax = 100_000;

export class Subscription implements AsyncIterable<Change> {
  private readonly ready: Change[] = [];
  private wake: (() => void) | undefined;
  private ending: { readonly error: HeadgateError | undefined } | undefined;
  private since: Since | undefined;
  /** The last offset seen, by topic: a replay never repeats one. */
  private readonly offsets = new Map<string, number>();
  /** The epoch that they belong to. */
  private epoch: string | undefined;
  /** Where it will resume once it has caught up on this connection; until then a pattern resumes where it did. */
  private reached: Since | undefined;
  private catchingUp = true;
  private keepsCursor = false;
  private settleReady: (() => void) | undefined;
  /** Settles once everything missed was replayed; for a pattern, which may have no topics yet, once it is confirmed. */
  readonly caughtUp = new Promise<void>((resolve) => {
    this.settleReady = resolve;
  });

  constructor(
    readonly topic: string,
    readonly options: SubscribeOptions,
    private readonly unsubscribe: () => void,
  ) {
    this.since = options.since;
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
  }

  /** Where to resume; keep it to resume from another process. */
  get cursor(): Since | undefined {
    return this.since;
  }

  /** Whether everything missed came on this connection. */
  get isCaughtUp(): boolean {
    return !this.catchingUp;
  }

  /** A new connection subscribes. */
  begin(): void {
    this.catchingUp = true;
    this.keepsCursor = this.since !== undefined;
    this.reached = undefined;
  }

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
    if (data.kind !== "regime_change") return; // of a later gateway
    this.ready.push({ ...data, ...logged });
    this.wake?.();
  }

  heartbeat({ topic, offset, position, last_ts: lastTs, silent_ms: silentMs }: HeartbeatFrame): void {
    this.options.onHeartbeat?.({ topic, offset, position, lastTs, silentMs });
  }

  snapshot({ topic, epoch, offset, position, recovered, to_come: toCome, data }: SnapshotFrame): void {
    if (!recovered) this.advance(topic, epoch, offset, position);
    this.settleReady?.();
    if (!toCome) this.arrive();
    this.options.onSnapshot?.({ topic, recovered, state: data });
  }

  /** The gateway has taken it. @param snapshots how many will come; undefined: it does not say */
  confirmed(snapshots: number | undefined): void {
    if (this.topic === everyRegime) this.settleReady?.();
    if (snapshots === 0) this.arrive();
  }

  close(): void {
    this.end(undefined);
  }

  end(error: HeadgateError | undefined): void {
    if (this.ending !== undefined) return;
    this.ending = { error };
    this.unsubscribe();
    this.settleReady?.();
    this.wake?.();
  }

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
    if (this.topic !== everyRegime) {
      this.since = { epoch, offset };
      return;
    }
    const before = this.reached ?? this.since;
    const reached = {
      epoch,
      position: Math.max(position, (before?.epoch === epoch && before.position) || 0),
    };
    // A topic whose snapshot is still to come may have to say that events are gone: the old cursor will ask again.
    if (this.catchingUp && this.keepsCursor) this.reached = reached;
    else this.since = reached;
  }
}
