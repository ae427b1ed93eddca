/** Every frame of the wire, both directions. PROTOCOL.md is the specification; these are its types. */
import type { ErrorCode, Processed } from "./errors.js";
import type { WireTensor } from "./tensor.js";

/** A value of a parameter. */
export type ParameterValue = string | number | boolean | null;
/** Parameters by name. */
export type Parameters = Readonly<Record<string, ParameterValue>>;
export type WireTensors = Readonly<Record<string, WireTensor>>;

export interface HelloFrame {
  readonly type: "hello";
  readonly token?: string;
  readonly client?: string;
  readonly max_message_bytes?: number;
}

/** Fields that are undefined are not sent. */
export interface InferFrame {
  readonly type: "infer";
  readonly id: number;
  readonly model: string;
  readonly version?: string | undefined;
  readonly inputs: WireTensors;
  readonly parameters?: Parameters | undefined;
  /** Names of the outputs wanted; all when absent. */
  readonly outputs?: readonly string[] | undefined;
  /** Milliseconds that remain, counted from receipt. 0 or absent: the model's default. */
  readonly timeout_ms?: number | undefined;
  /** 1 is the highest; 0 or absent the model's default. */
  readonly priority?: number | undefined;
  /** Idempotency key. */
  readonly key?: string | undefined;
  readonly traceparent?: string | undefined;
}

export interface CancelFrame {
  readonly type: "cancel";
  readonly id: number;
}

export interface DescribeFrame {
  readonly type: "describe";
  readonly id: number;
  readonly model?: string;
}

export interface OpenFrame {
  readonly type: "open";
  readonly id: number;
  readonly stream: string;
  readonly detector: string;
  readonly parameters?: Parameters;
  /** Replace a stream that is open with another detector or other parameters. */
  readonly replace?: boolean;
  /** What a new stream begins with: observed before, so that no event tells of it. */
  readonly history?: PastObservations;
}

/** Observations of the past. */
export interface PastObservations {
  /** [n] milliseconds since the epoch. */
  readonly ts: readonly number[];
  /** [n, d] */
  readonly values: WireTensor;
}

export interface ObserveFrame {
  readonly type: "observe";
  readonly id?: number;
  readonly stream: string;
  /** Milliseconds since the epoch, fractions allowed; as many as rows. */
  readonly ts: number | readonly number[];
  readonly values: WireTensor;
}

export interface CloseFrame {
  readonly type: "close";
  readonly id: number;
  readonly stream: string;
}

/** Of a stream's path: what was said at the time, or how the past looks from today. */
export type PathKind = "filtered" | "smoothed";

/** Asks where a stream stands, and how it came there. */
export interface StateFrame {
  readonly type: "state";
  readonly id: number;
  readonly stream: string;
  /** `filtered`: what was said when each observation came. `smoothed`: how the past looks from today. */
  readonly path?: PathKind;
  /** Observations of the path, the newest so many. */
  readonly limit?: number;
  /** Whether the path tells what was observed, beside what was said of it. */
  readonly values?: boolean;
}

/** A subscriber's cursor: an offset in one topic, or a position in the whole log. */
export interface Since {
  /** The log's epoch. */
  readonly epoch: string;
  /** Of one topic: the offset of the last event that was seen. */
  readonly offset?: number;
  /** Of a pattern: the position of the last event that was seen. */
  readonly position?: number;
}

/** `all` events, or the `latest`: then a busy reader may miss some. */
export type SubscribeMode = "all" | "latest";

export interface SubscribeFrame {
  readonly type: "subscribe";
  readonly id: number;
  readonly topic: string;
  readonly since?: Since;
  readonly mode?: SubscribeMode;
  /** Milliseconds between heartbeats of the topic; absent: none. */
  readonly heartbeat_ms?: number;
}

export interface UnsubscribeFrame {
  readonly type: "unsubscribe";
  readonly id: number;
  readonly topic: string;
}

export interface RefreshFrame {
  readonly type: "refresh";
  readonly id: number;
  readonly token: string;
}

export type ClientFrame =
  | HelloFrame
  | InferFrame
  | CancelFrame
  | DescribeFrame
  | OpenFrame
  | ObserveFrame
  | CloseFrame
  | StateFrame
  | SubscribeFrame
  | UnsubscribeFrame
  | RefreshFrame;

export interface WelcomeFrame {
  readonly type: "welcome";
  readonly connection: string;
  /** The event log's epoch. */
  readonly epoch: string;
  readonly server: string;
  readonly features: readonly string[];
  readonly ping_ms: number;
  readonly pong_ms: number;
  /** Requests that may be in flight on this connection. */
  readonly credits: number;
  readonly limits: Readonly<Record<string, number>>;
}

export interface Timing {
  readonly queue_ms: number;
  readonly compute_ms: number;
  /** Rows that were computed together. */
  readonly batch_size: number;
}

export interface ResultFrame {
  readonly type: "result";
  readonly id: number;
  readonly model: string;
  readonly version: string;
  readonly outputs: WireTensors;
  readonly backend: string;
  readonly precision: string;
  readonly timing: Timing;
  /** True when the answer was computed for an earlier request. */
  readonly cached?: boolean | undefined;
}

export interface AckFrame {
  readonly type: "ack";
  readonly id: number;
  readonly [field: string]: unknown;
}

/** The path by which a stream came where it stands. */
export interface WirePath {
  readonly kind: PathKind;
  /** Whether each entry rests on nothing that came after it. */
  readonly causal: boolean;
  /** Names, calmest first. */
  readonly regimes: readonly string[];
  /** FP64 [n], milliseconds since the epoch. */
  readonly ts: WireTensor;
  /** INT32 [n], index into `regimes`; -1 before the first. */
  readonly regime: WireTensor;
  /** FP64 [n, k]; NaN while the detector warmed up. */
  readonly probabilities: WireTensor;
  /** FP64 [n, d], where they were asked for. */
  readonly values?: WireTensor;
}

/** The answer to `state`. */
export interface StateAckFrame extends AckFrame {
  readonly stream: string;
  readonly state: RegimeState;
  readonly path?: WirePath;
}

export interface ErrorFrame {
  readonly type: "error";
  readonly id?: number;
  readonly stream?: string;
  readonly ts?: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
  readonly processed: Processed;
}

/** A regime, as events and snapshots carry it. */
export interface RegimeChange {
  /** Tells it from other events. */
  readonly kind: "regime_change";
  /** The stream's name. */
  readonly stream: string;
  /** The regime until now. */
  readonly from: string;
  /** The regime from now on. */
  readonly to: string;
  /** The probability of the new regime. */
  readonly probability: number;
  /** The probability of each regime, by its name. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The detector that says so. */
  readonly detector: string;
  /** The detector's version. */
  readonly version: string;
  /** Milliseconds since the epoch of the observation that brought the change. */
  readonly observed_ts: number;
}

/** A stream had no observation for longer than its `max_silence_ms`. */
export interface FeedSilent {
  /** Tells it from other events. */
  readonly kind: "feed_silent";
  /** The stream's name. */
  readonly stream: string;
  /** Milliseconds since the epoch of its last observation's own time; null before the first. */
  readonly last_ts: number | null;
  /** Milliseconds of silence after which its feed counts as silent. */
  readonly max_silence_ms: number;
}

/** A stream that was silent has an observation again. */
export interface FeedResumed {
  /** Tells it from other events. */
  readonly kind: "feed_resumed";
  /** The stream's name. */
  readonly stream: string;
  /** Milliseconds since the epoch of that observation's own time. */
  readonly observed_ts: number;
  /** Milliseconds for which it was silent. */
  readonly silent_ms: number;
}

/** A stream was opened anew with another detector or other parameters: what was known of it is forgotten. */
export interface StreamReplaced {
  /** Tells it from other events. */
  readonly kind: "stream_replaced";
  /** The stream's name. */
  readonly stream: string;
  /** The detector from now on. */
  readonly detector: string;
  /** The version of that detector. */
  readonly version: string;
  /** Observations that the stream had until then. */
  readonly observations: number;
  /** Milliseconds since the epoch of the last of those; null without any. */
  readonly last_ts: number | null;
}

/** A stream ended: somebody closed it, or nothing was observed for so long that it expired. */
export interface StreamClosed {
  /** Tells it from other events. */
  readonly kind: "stream_closed";
  /** The stream's name. */
  readonly stream: string;
  /** Which of the two it was. */
  readonly reason: "closed" | "expired";
  /** Observations that the stream had. */
  readonly observations: number;
  /** Milliseconds since the epoch of the last of those; null without any. */
  readonly last_ts: number | null;
}

/** What an event tells. */
export type EventData = RegimeChange | FeedSilent | FeedResumed | StreamReplaced | StreamClosed;

/** The state of a stream. */
export interface RegimeState {
  /** Tells it from events. */
  readonly kind: "regime_state";
  /** The stream's name. */
  readonly stream: string;
  /** The regime now; `unknown` while the detector warms up. */
  readonly regime: string;
  /** The probability of that regime; null while the detector warms up. */
  readonly probability: number | null;
  /** The probability of each regime, by its name. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The detector that says so. */
  readonly detector: string;
  /** The detector's version. */
  readonly version: string;
  /** Observations that the stream has. */
  readonly observations: number;
  /** Milliseconds since the epoch of the last observation; null without any. */
  readonly last_ts: number | null;
}

export interface EventFrame {
  readonly type: "event";
  readonly topic: string;
  readonly epoch: string;
  /** Counted from 1 in its topic, without gaps. */
  readonly offset: number;
  /** Increasing over the whole log. */
  readonly position: number;
  /** Milliseconds since the epoch when the event was logged. */
  readonly ts: number;
  readonly event_id: string;
  readonly data: EventData;
}

export interface SnapshotFrame {
  readonly type: "snapshot";
  readonly topic: string;
  readonly epoch: string;
  /** The last event that `data` reflects; 0 when there was none. */
  readonly offset: number;
  /** The log's position that `data` reflects. */
  readonly position: number;
  /** True when nothing after `since` was missed. */
  readonly recovered: boolean;
  /** Of a pattern: snapshots that follow; the subscriber has caught up with the one that says 0. */
  readonly to_come?: number;
  readonly data: RegimeState | null;
}

/** Says that a subscription lives, and how long its feed has been silent. */
export interface HeartbeatFrame {
  readonly type: "heartbeat";
  /** As subscribed: a topic or the pattern. */
  readonly topic: string;
  readonly epoch: string;
  /** The topic's last event; absent for the pattern. */
  readonly offset?: number;
  /** The log's position. */
  readonly position: number;
  /** Milliseconds since the epoch of the stream's last observation's own time; null without one, and for the pattern. */
  readonly last_ts: number | null;
  /** Milliseconds for which the stream was given nothing; null without a stream, and for the pattern. */
  readonly silent_ms: number | null;
}

export interface DrainFrame {
  readonly type: "drain";
  readonly deadline_ms: number;
  readonly retry_min_ms: number;
  readonly retry_max_ms: number;
}

export type GatewayFrame =
  | WelcomeFrame
  | ResultFrame
  | AckFrame
  | ErrorFrame
  | SnapshotFrame
  | EventFrame
  | HeartbeatFrame
  | DrainFrame;
