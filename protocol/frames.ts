/** The types of all frames in both directions. PROTOCOL.md is their specification. */
import type { AppendFrame, DatasetsFrame, DropFrame, PutFrame } from "./dataset-frames.js";
import type { ErrorCode, Processed } from "./errors.js";
import type { Parameters, ParameterValue } from "./parameters.js";
import type { ModelExpired, ModelPromoted, PromotionFrame } from "./promotion-frames.js";
import type { InferInputs, InputsUsed } from "./reference.js";
import type { SampleOfTopic, WatchTopic } from "./samples.js";
import type { ChallengerKept, RetrainFailed, SchedulingFrame } from "./schedule-frames.js";
import type { WireTensor, WireTensors } from "./tensor.js";
import type {
  JobChanged,
  JobProgress,
  JobState,
  ModelServing,
  ModelVersions,
  TrainingFrame,
  TrainingSummary,
} from "./train-frames.js";

export type { Parameters, ParameterValue, WireTensors };

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
  readonly inputs: InferInputs;
  readonly parameters?: Parameters | undefined;
  /** The names of the requested outputs; all outputs when absent. */
  readonly outputs?: readonly string[] | undefined;
  /** Milliseconds until the deadline, counted from receipt. 0 or absent: the model's default. */
  readonly timeout_ms?: number | undefined;
  /** 1 is the highest; 0 or absent: the model's default. */
  readonly priority?: number | undefined;
  /** The idempotency key. */
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
  /** Whether an open stream may be replaced by one with another detector or other parameters. */
  readonly replace?: boolean;
  /** Earlier observations with which a new stream begins; they cause no events. */
  readonly history?: PastObservations;
}

/** Observations that were made before the stream was opened. */
export interface PastObservations {
  /** [n], milliseconds since the epoch. */
  readonly ts: readonly number[];
  /** [n, d] */
  readonly values: WireTensor;
}

export interface ObserveFrame {
  readonly type: "observe";
  readonly id?: number;
  readonly stream: string;
  /** Milliseconds since the epoch, fractions allowed; one time for each row of values. */
  readonly ts: number | readonly number[];
  readonly values: WireTensor;
}

export interface CloseFrame {
  readonly type: "close";
  readonly id: number;
  readonly stream: string;
}

/**
 * The kind of a stream's path: `filtered` (each state estimated when its observation arrived) or `smoothed` (each
 * state estimated from all observations until now).
 */
export type PathKind = "filtered" | "smoothed";

/** Requests the current state of a stream, and its path if wanted. */
export interface StateFrame {
  readonly type: "state";
  readonly id: number;
  readonly stream: string;
  /**
   * `filtered`: each state as estimated when its observation arrived. `smoothed`: each state as estimated from all
   * observations until now.
   */
  readonly path?: PathKind;
  /** The number of observations in the path, which are the newest ones. */
  readonly limit?: number;
  /** Whether the path includes the observed values. */
  readonly values?: boolean;
}

/** A subscriber's cursor: an offset in one topic, or a position in the whole log. */
export interface Since {
  /** The event log's epoch. */
  readonly epoch: string;
  /** For a single topic: the offset of the last event that the client has. */
  readonly offset?: number;
  /** For a pattern: the position of the last event that the client has. */
  readonly position?: number;
}

/** `all` events, or only the `latest`: then a slow reader may miss some. */
export type SubscribeMode = "all" | "latest";

export interface SubscribeFrame {
  readonly type: "subscribe";
  readonly id: number;
  readonly topic: string;
  readonly since?: Since;
  readonly mode?: SubscribeMode;
  /** Milliseconds between heartbeats of the topic; none when absent. */
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

/** Requests samples of the gateway's own figures. */
export interface WatchFrame {
  readonly type: "watch";
  readonly id: number;
  readonly topic: WatchTopic;
  /** Milliseconds between two samples. */
  readonly interval_ms?: number;
  /** Of `gateway.streams`: only streams whose names contain this text. */
  readonly contains?: string;
}

export interface UnwatchFrame {
  readonly type: "unwatch";
  readonly id: number;
  readonly topic: WatchTopic;
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
  | RefreshFrame
  | WatchFrame
  | UnwatchFrame
  | PutFrame
  | AppendFrame
  | DropFrame
  | DatasetsFrame
  | TrainingFrame
  | PromotionFrame
  | SchedulingFrame;

export interface WelcomeFrame {
  readonly type: "welcome";
  readonly connection: string;
  /** The event log's epoch. */
  readonly epoch: string;
  readonly server: string;
  readonly features: readonly string[];
  readonly ping_ms: number;
  readonly pong_ms: number;
  /** The number of requests that may be in flight on this connection. */
  readonly credits: number;
  readonly limits: Readonly<Record<string, number>>;
  /** Milliseconds that the token has left; absent when it does not expire. */
  readonly expires_in_ms?: number;
}

export interface Timing {
  readonly queue_ms: number;
  readonly compute_ms: number;
  /** The number of rows that were computed together. */
  readonly batch_size: number;
  /** True when they were computed on the thread of the sockets; absent when a worker computed them. */
  readonly inline?: true;
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
  /** What the references among the inputs stood for; absent where there was none. */
  readonly inputs_used?: InputsUsed | undefined;
  /** Of a training: what it took and what it made. */
  readonly training?: TrainingSummary | undefined;
}

export interface AckFrame {
  readonly type: "ack";
  readonly id: number;
  readonly [field: string]: unknown;
}

/** The path of a stream: the state at each of its last observations. */
export interface WirePath {
  readonly kind: PathKind;
  /** True when no entry depends on later observations. */
  readonly causal: boolean;
  /** The names of the regimes, calmest first. */
  readonly regimes: readonly string[];
  /** FP64 [n], milliseconds since the epoch. */
  readonly ts: WireTensor;
  /** INT32 [n], index into `regimes`; -1 before the first regime is known. */
  readonly regime: WireTensor;
  /** FP64 [n, k]; NaN while the detector warmed up. */
  readonly probabilities: WireTensor;
  /** FP64 [n, d], the observed values where they were requested. */
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
  /** The topic of a watch that the gateway has ended. */
  readonly topic?: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
  readonly processed: Processed;
}

/** A change of a stream's regime, in the form that events have. */
export interface RegimeChange {
  /** Distinguishes this kind of event from others. */
  readonly kind: "regime_change";
  /** The stream's name. */
  readonly stream: string;
  /** The regime before the change. */
  readonly from: string;
  /** The regime after the change. */
  readonly to: string;
  /** The probability of the new regime. */
  readonly probability: number;
  /** The probability of each regime, by its name. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The name of the detector that found the change. */
  readonly detector: string;
  /** The detector's version. */
  readonly version: string;
  /** The time of the observation that caused the change, in milliseconds since the epoch. */
  readonly observed_ts: number;
}

/** A stream had no observation for longer than its `max_silence_ms`. */
export interface FeedSilent {
  /** Distinguishes this kind of event from others. */
  readonly kind: "feed_silent";
  /** The stream's name. */
  readonly stream: string;
  /** The time of its last observation in milliseconds since the epoch; null before the first. */
  readonly last_ts: number | null;
  /** Milliseconds without an observation after which the stream's feed counts as silent. */
  readonly max_silence_ms: number;
}

/** A stream received an observation again after it was silent. */
export interface FeedResumed {
  /** Distinguishes this kind of event from others. */
  readonly kind: "feed_resumed";
  /** The stream's name. */
  readonly stream: string;
  /** The time of that observation in milliseconds since the epoch. */
  readonly observed_ts: number;
  /** Milliseconds for which the stream was silent. */
  readonly silent_ms: number;
}

/** A stream was opened again with another detector or other parameters: its earlier observations were deleted. */
export interface StreamReplaced {
  /** Distinguishes this kind of event from others. */
  readonly kind: "stream_replaced";
  /** The stream's name. */
  readonly stream: string;
  /** The name of the new detector. */
  readonly detector: string;
  /** The version of the new detector. */
  readonly version: string;
  /** The number of observations of the stream before it was replaced. */
  readonly observations: number;
  /** The time of the last of them in milliseconds since the epoch; null when there were none. */
  readonly last_ts: number | null;
}

/** A stream ended: a client closed it, or it expired after a long time without observations. */
export interface StreamClosed {
  /** Distinguishes this kind of event from others. */
  readonly kind: "stream_closed";
  /** The stream's name. */
  readonly stream: string;
  /** Whether a client closed the stream or it expired. */
  readonly reason: "closed" | "expired";
  /** The number of observations of the stream. */
  readonly observations: number;
  /** The time of the last of them in milliseconds since the epoch; null when there were none. */
  readonly last_ts: number | null;
}

/** The content of an event. */
export type EventData =
  | RegimeChange
  | FeedSilent
  | FeedResumed
  | StreamReplaced
  | StreamClosed
  | JobProgress
  | JobChanged
  | ModelServing
  | ModelPromoted
  | ChallengerKept
  | RetrainFailed
  | ModelExpired;

/** What a topic stands for, as its snapshot shows it. */
export type TopicState = RegimeState | JobState | ModelVersions;

/** The current state of a stream. */
export interface RegimeState {
  /** Distinguishes a state from events. */
  readonly kind: "regime_state";
  /** The stream's name. */
  readonly stream: string;
  /** The current regime; `unknown` while the detector warms up. */
  readonly regime: string;
  /** The probability of that regime; null while the detector warms up. */
  readonly probability: number | null;
  /** The probability of each regime, by its name. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The name of the stream's detector. */
  readonly detector: string;
  /** The detector's version. */
  readonly version: string;
  /** The number of observations of the stream. */
  readonly observations: number;
  /** The time of the last observation in milliseconds since the epoch; null when there is none. */
  readonly last_ts: number | null;
}

export interface EventFrame {
  readonly type: "event";
  readonly topic: string;
  readonly epoch: string;
  /** The number of the event in its topic: from 1, without gaps. */
  readonly offset: number;
  /** The position of the event in the whole log, which increases from event to event. */
  readonly position: number;
  /** Milliseconds since the epoch at which the event was logged. */
  readonly ts: number;
  readonly event_id: string;
  readonly data: EventData;
}

export interface SnapshotFrame {
  readonly type: "snapshot";
  readonly topic: string;
  readonly epoch: string;
  /** The offset of the last event that `data` includes; 0 when there was none. */
  readonly offset: number;
  /** The log position up to which `data` includes events. */
  readonly position: number;
  /** True when no event after `since` was lost. */
  readonly recovered: boolean;
  /** For a pattern: the number of snapshots that follow; the subscriber is up to date after the one with 0. */
  readonly to_come?: number;
  readonly data: TopicState | null;
}

/** Shows that a subscription is alive, and for how long its stream has had no observation. */
export interface HeartbeatFrame {
  readonly type: "heartbeat";
  /** The topic or pattern as subscribed. */
  readonly topic: string;
  readonly epoch: string;
  /** The offset of the topic's last event; absent for a pattern. */
  readonly offset?: number;
  /** The log's current position. */
  readonly position: number;
  /**
   * The time of the stream's last observation in milliseconds since the epoch; null without one, and for a pattern.
   */
  readonly last_ts: number | null;
  /** Milliseconds since the stream's last observation; null without a stream, and for a pattern. */
  readonly silent_ms: number | null;
}

export interface DrainFrame {
  readonly type: "drain";
  readonly deadline_ms: number;
  readonly retry_min_ms: number;
  readonly retry_max_ms: number;
}

/** The gateway's figures at one time. It is neither logged nor resumed: a newer one replaces it. */
export interface SampleFrame<T extends WatchTopic = WatchTopic> {
  readonly type: "sample";
  readonly topic: T;
  /** Milliseconds since the epoch. */
  readonly ts: number;
  /** The number of the sample; where one is missing, the reader was too slow for it. */
  readonly seq: number;
  readonly data: SampleOfTopic[T];
}

export type GatewayFrame =
  | WelcomeFrame
  | ResultFrame
  | AckFrame
  | ErrorFrame
  | SnapshotFrame
  | EventFrame
  | HeartbeatFrame
  | SampleFrame
  | DrainFrame;
