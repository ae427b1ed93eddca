/**
 * The figures that `watch` shows, by topic. PROTOCOL.md explains each topic, and gateway/watch holds the schema of each
 * sample with a sentence for every field.
 */

/** Durations in milliseconds, each within 3 % of the measured one; `max` is exact. */
export interface DurationQuantiles {
  /** Half of the durations are at most this long. */
  readonly p50: number;
  /** 90 of 100 durations are at most this long. */
  readonly p90: number;
  /** 99 of 100 durations are at most this long. */
  readonly p99: number;
  /** The longest duration. */
  readonly max: number;
}

/** The batches of a model that ended in the interval. */
export interface BatchFigures {
  /** The number of batches that ended. */
  readonly count: number;
  /** The mean number of rows in a batch. */
  readonly mean_rows: number;
  /** The number of rows in the largest batch. */
  readonly max_rows: number;
  /** The number of batches by their rows, of at most 32 sizes; those of other sizes are under `other`. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** What requests of one version brought in the interval. */
export interface ModelStats {
  /** The name of the servable; (others) sums up those beyond 512. */
  readonly model: string;
  /** The version of the servable. */
  readonly version: string;
  /** Requests that ended, with a result or an error. */
  readonly requests: number;
  /** Requests that ended with an error. */
  readonly errors: number;
  /** Rows that were computed. */
  readonly inferences: number;
  /** Milliseconds of compute, summed over batches. */
  readonly compute_ms: number;
  /** Milliseconds from a request's receipt to its result; null when none was answered with a result. */
  readonly latency_ms: DurationQuantiles | null;
  /** Requests that wait now. */
  readonly queue: number;
  /** The batches that ended; null when there was none. */
  readonly batch: BatchFigures | null;
}

/** What requests of one tenant brought in the interval. */
export interface TenantStats {
  /** The name of the tenant; (others) sums up those beyond 256. */
  readonly tenant: string;
  /** Inference requests that ended, with a result or an error. */
  readonly requests: number;
  /** Inference requests that ended with an error. */
  readonly errors: number;
  /** Rows that were computed for it. */
  readonly inferences: number;
  /** Observations of its streams that were accepted. */
  readonly observations: number;
  /** Milliseconds of compute: its share, by rows, of each batch. */
  readonly compute_ms: number;
  /** Bytes of tensors in its requests and observations. */
  readonly bytes_in: number;
  /** Milliseconds from a request's receipt to its result; null when none was answered with a result. */
  readonly latency_ms: DurationQuantiles | null;
  /** Inference requests that wait or are computed now. */
  readonly in_flight: number;
  /** Inference requests that wait now. */
  readonly waiting: number;
}

/** The gateway's process; only for principals that may read the metrics. */
export interface ProcessStats {
  /** How late the socket thread ran its timers, in milliseconds. */
  readonly event_loop_delay_ms: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Bytes of JavaScript objects of the socket thread. */
  readonly heap_bytes: number;
  /** Bytes of memory of the whole process. */
  readonly resident_bytes: number;
}

/** `gateway`: figures of all tenants. `tenant`: only those of the watcher's own. */
export type SampleScope = "gateway" | "tenant";

/** What requests brought in an interval. */
export interface StatsSample {
  /** Whether the figures are those of all tenants, or only those of the watcher's own. */
  readonly scope: SampleScope;
  /** Milliseconds that the sample covers. */
  readonly interval_ms: number;
  /** Inference requests that ended, with a result or an error. */
  readonly requests: number;
  /** The same, for each second. */
  readonly requests_per_second: number;
  /** Rows that were computed. */
  readonly inferences: number;
  /** The same, for each second. */
  readonly inferences_per_second: number;
  /** Observations of streams that were accepted. */
  readonly observations: number;
  /** The same, for each second. */
  readonly observations_per_second: number;
  /** Errors of requests of every kind, by their code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Milliseconds from a request's receipt to its result; null when none was answered with a result. */
  readonly latency_ms: DurationQuantiles | null;
  /** Inference requests that wait or are computed now. */
  readonly in_flight: number;
  /** Inference requests that wait now. */
  readonly queue: number;
  /** The servables that had requests or batches. */
  readonly models: readonly ModelStats[];
  /** The tenants that had requests or have some in flight. */
  readonly tenants: readonly TenantStats[];
  /** Milliseconds since the gateway started. */
  readonly uptime_ms: number;
  /** Whether the gateway takes requests. */
  readonly ready: boolean;
  /** Whether the gateway finishes its requests and then ends. */
  readonly draining: boolean;
  /** The gateway's process; null without the scope metrics:read. */
  readonly process: ProcessStats | null;
}

/** A lane of workers. */
export interface LaneSample {
  /** The name of the lane: models, or fits. */
  readonly lane: string;
  /** The number of its workers. */
  readonly workers: number;
  /** The mean of its workers' busy shares. */
  readonly busy: number;
  /** Requests that wait for its workers now. */
  readonly queue: number;
}

/** A worker of the engine. */
export interface WorkerSample {
  /** The name of the worker: its lane and its number. */
  readonly name: string;
  /** The lane that it serves. */
  readonly lane: string;
  /** Whether its thread runs, or is started again. */
  readonly state: "running" | "restarting";
  /** The share of the interval in which it computed; in the first sample, of the last seconds. */
  readonly busy: number;
  /** Batches and fits that ended in the interval. */
  readonly jobs: number;
  /** Batches and fits that it was sent and that have not ended. */
  readonly running: number;
  /** How often its thread died and was started again. */
  readonly restarts: number;
  /** Versions of models that it has loaded. */
  readonly models: number;
  /** Bytes of the files of these versions. */
  readonly model_bytes: number;
  /** The execution backend of its last answer; null before one. */
  readonly backend: string | null;
  /** Whether its thread runs at a low priority, as for shadows. */
  readonly background: boolean;
}

/** What the engine's workers do. */
export interface WorkersSample {
  /** Milliseconds that the sample covers; 0 for the first one of a watch. */
  readonly interval_ms: number;
  /** The lanes of workers. */
  readonly lanes: readonly LaneSample[];
  /** The workers, at most 256. */
  readonly workers: readonly WorkerSample[];
  /** Bytes of memory of the whole process: threads share it. */
  readonly process_bytes: number;
  /** The number of workers that are not in the list. */
  readonly left_out: number;
}

/** A WebSocket connection. */
export interface ConnectionSample {
  /** The name of the connection, as the gateway's log has it. */
  readonly id: string;
  /** The name that the client gave in its hello; null without one. */
  readonly client: string | null;
  /** The tenant that it acts for. */
  readonly tenant: string;
  /** Its credential, as the log has it: never a secret. */
  readonly principal: string;
  /** When it was welcomed, in milliseconds since the epoch. */
  readonly since: number;
  /** Requests without an answer. */
  readonly in_flight: number;
  /** The number of its subscriptions. */
  readonly subscriptions: number;
  /** The number of its watches. */
  readonly watches: number;
  /** Bytes that were sent on it. */
  readonly bytes_sent: number;
  /** Bytes that wait to be sent on it. */
  readonly bytes_waiting: number;
  /** Messages that came on it. */
  readonly messages: number;
  /** The same, a second in the interval; null in the first sample that has the connection. */
  readonly messages_per_second: number | null;
  /** Its subprotocol, which names the encoding of its frames. */
  readonly transport: string;
}

/** Who is connected, and what each connection does. */
export interface ConnectionsSample {
  /** Whether the figures are those of all tenants, or only those of the watcher's own. */
  readonly scope: SampleScope;
  /** Milliseconds that the sample covers; 0 for the first one of a watch. */
  readonly interval_ms: number;
  /** The number of connections whose client was welcomed. */
  readonly total: number;
  /** Those with most requests in flight, at most 200. */
  readonly connections: readonly ConnectionSample[];
  /** The number of connections that are not in the list. */
  readonly left_out: number;
}

/** How a version was proven before it served. */
export interface ModelProof {
  /** It reproduced its golden answer before it served. */
  readonly golden: "reproduced";
  /** Milliseconds since the epoch at which it was opened and did so. */
  readonly proven_at: number;
  /** Whether rows of several requests are computed together. */
  readonly rows_together: boolean;
  /** Why they are or are not, where there is more to say. */
  readonly reason: string | null;
}

/** What was counted of a version since the gateway started. */
export interface VersionCounts {
  /** Requests that ended, with a result or an error. */
  readonly requests: number;
  /** Requests that ended with an error. */
  readonly errors: number;
  /** Rows that were computed. */
  readonly inferences: number;
}

/** A version of a model. */
export interface ModelVersionSample {
  /** The number of the version; null for a folder of which none could be loaded. */
  readonly version: string | null;
  /** Whether it answers requests; an unloaded one is opened at its first request. */
  readonly state: string;
  /** What is wrong with its files, or that it has expired; null otherwise. */
  readonly reason: string | null;
  /** The share, 0 to 1, of requests without a version that it answers; null when it answers none. */
  readonly traffic: number | null;
  /** Whether its answers are only compared with those of the others. */
  readonly shadow: boolean;
  /** The names that stand for it. */
  readonly aliases: readonly string[];
  /** Milliseconds since the epoch from which it refuses requests; null when it never expires. */
  readonly expires_ts: number | null;
  /** Its execution backend; null before it was opened. */
  readonly backend: string | null;
  /** How it was proven; null before it was opened. */
  readonly proof: ModelProof | null;
  /** Whether its signature was verified; not_required also before it was opened. */
  readonly signature: "verified" | "not_required";
  /** Measured bytes of its instances; null before it was opened. */
  readonly resident_bytes: number | null;
  /** The number of its instances; null before it was opened. */
  readonly instances: number | null;
  /** What was counted since the gateway started; null without the scope metrics:read. */
  readonly counts: VersionCounts | null;
}

/** A model of the repository. */
export interface ModelSample {
  /** The name of the model. */
  readonly name: string;
  /** The kind of servable: model. */
  readonly kind: string;
  /** What it answers, in a sentence; null where no version could be loaded. */
  readonly description: string | null;
  /** The first paragraph of its card, in Markdown, at most 500 characters; describe has the whole card. */
  readonly card: string | null;
  /** Its versions. */
  readonly versions: readonly ModelVersionSample[];
}

/** The models of the repository. */
export interface ModelsSample {
  /** The number of models in the repository. */
  readonly total: number;
  /** The models in the order of their names, at most 500. */
  readonly models: readonly ModelSample[];
  /** The number of models that are not in the list. */
  readonly left_out: number;
}

/** A stream, its feed and its regime. */
export interface StreamSample {
  /** The name of the stream. */
  readonly name: string;
  /** The detector that watches it. */
  readonly detector: string;
  /** Whether it has a regime, its detector warms up, or its feed has fallen silent. */
  readonly status: "live" | "warming" | "silent";
  /** The time of its last observation in milliseconds since the epoch; null before the first. */
  readonly last_ts: number | null;
  /** Milliseconds since it was last given an observation, or opened. */
  readonly silent_ms: number;
  /** Its regime; unknown while the detector warms up. */
  readonly regime: string;
  /** The probability of the regime; null while the detector warms up. */
  readonly probability: number | null;
  /** The number of its observations. */
  readonly observations: number;
  /** Observations a second in the interval; null in the first sample that has the stream. */
  readonly observations_per_second: number | null;
  /** The time of the observation that last changed its regime; null without one since the start. */
  readonly changed_ts: number | null;
}

/** The streams that the watcher may read. */
export interface StreamsSample {
  /** Milliseconds that the sample covers; 0 for the first one of a watch. */
  readonly interval_ms: number;
  /** The number of streams that the watcher may read and whose names contain the text. */
  readonly total: number;
  /** The number of them whose feed is silent. */
  readonly silent: number;
  /** The streams in the order of their names, at most 500. */
  readonly streams: readonly StreamSample[];
  /** The number of streams that are not in the list. */
  readonly left_out: number;
}

/** The content of a sample, by its topic. */
export interface SampleOfTopic {
  /** Rates, latencies, errors and queues. */
  readonly "gateway.stats": StatsSample;
  /** The engine's workers. */
  readonly "gateway.workers": WorkersSample;
  /** The WebSocket connections. */
  readonly "gateway.connections": ConnectionsSample;
  /** The models of the repository. */
  readonly "gateway.models": ModelsSample;
  /** The streams that may be read. */
  readonly "gateway.streams": StreamsSample;
}

export type WatchTopic = keyof SampleOfTopic;

const topics: Readonly<Record<WatchTopic, true>> = {
  "gateway.stats": true,
  "gateway.workers": true,
  "gateway.connections": true,
  "gateway.models": true,
  "gateway.streams": true,
};

/** Every topic that can be watched. */
export const watchTopics = Object.keys(topics) as readonly WatchTopic[];
