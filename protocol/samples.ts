/**
 * The figures that `watch` shows, by topic. PROTOCOL.md explains each topic, and gateway/watch holds the schema of each
 * sample with a sentence for every field.
 */

/** Durations in milliseconds, each within 3 % of the measured one; `max` is exact. */
export interface DurationQuantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** The batches of a model that ended in the interval. */
export interface BatchFigures {
  readonly count: number;
  readonly mean_rows: number;
  readonly max_rows: number;
  /** The number of batches by their rows, of at most 32 sizes; those of other sizes are under `other`. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** What requests of one version brought in the interval. */
export interface ModelStats {
  readonly model: string;
  readonly version: string;
  readonly requests: number;
  readonly errors: number;
  readonly inferences: number;
  readonly compute_ms: number;
  readonly latency_ms: DurationQuantiles | null;
  readonly queue: number;
  readonly batch: BatchFigures | null;
}

/** What requests of one tenant brought in the interval. */
export interface TenantStats {
  readonly tenant: string;
  readonly requests: number;
  readonly errors: number;
  readonly inferences: number;
  readonly observations: number;
  readonly compute_ms: number;
  readonly bytes_in: number;
  readonly latency_ms: DurationQuantiles | null;
  readonly in_flight: number;
  readonly waiting: number;
}

/** The gateway's process; only for principals that may read the metrics. */
export interface ProcessStats {
  readonly event_loop_delay_ms: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly heap_bytes: number;
  readonly resident_bytes: number;
}

/** `gateway`: figures of all tenants. `tenant`: only those of the watcher's own. */
export type SampleScope = "gateway" | "tenant";

export interface StatsSample {
  readonly scope: SampleScope;
  readonly interval_ms: number;
  readonly requests: number;
  readonly requests_per_second: number;
  readonly inferences: number;
  readonly inferences_per_second: number;
  readonly observations: number;
  readonly observations_per_second: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly latency_ms: DurationQuantiles | null;
  readonly in_flight: number;
  readonly queue: number;
  readonly models: readonly ModelStats[];
  readonly tenants: readonly TenantStats[];
  readonly uptime_ms: number;
  readonly ready: boolean;
  readonly draining: boolean;
  readonly process: ProcessStats | null;
}

export interface LaneSample {
  readonly lane: string;
  readonly workers: number;
  readonly busy: number;
  readonly queue: number;
}

export interface WorkerSample {
  readonly name: string;
  readonly lane: string;
  readonly state: "running" | "restarting";
  readonly busy: number;
  readonly jobs: number;
  readonly running: number;
  readonly restarts: number;
  readonly models: number;
  readonly model_bytes: number;
  readonly backend: string | null;
  readonly background: boolean;
}

export interface WorkersSample {
  readonly interval_ms: number;
  readonly lanes: readonly LaneSample[];
  readonly workers: readonly WorkerSample[];
  readonly process_bytes: number;
  readonly left_out: number;
}

export interface ConnectionSample {
  readonly id: string;
  readonly client: string | null;
  readonly tenant: string;
  readonly principal: string;
  readonly since: number;
  readonly in_flight: number;
  readonly subscriptions: number;
  readonly watches: number;
  readonly bytes_sent: number;
  readonly bytes_waiting: number;
  readonly messages: number;
  readonly messages_per_second: number | null;
  readonly transport: string;
}

export interface ConnectionsSample {
  readonly scope: SampleScope;
  readonly interval_ms: number;
  readonly total: number;
  readonly connections: readonly ConnectionSample[];
  readonly left_out: number;
}

/** How a version was proven before it served. */
export interface ModelProof {
  readonly golden: "reproduced";
  readonly proven_at: number;
  readonly rows_together: boolean;
  readonly reason: string | null;
}

/** What was counted of a version since the gateway started. */
export interface VersionCounts {
  readonly requests: number;
  readonly errors: number;
  readonly inferences: number;
}

export interface ModelVersionSample {
  readonly version: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly traffic: number | null;
  readonly shadow: boolean;
  readonly backend: string | null;
  readonly proof: ModelProof | null;
  readonly signature: "verified" | "not_required";
  readonly resident_bytes: number | null;
  readonly instances: number | null;
  readonly counts: VersionCounts | null;
}

export interface ModelSample {
  readonly name: string;
  readonly kind: string;
  readonly description: string | null;
  readonly card: string | null;
  readonly versions: readonly ModelVersionSample[];
}

export interface ModelsSample {
  readonly total: number;
  readonly models: readonly ModelSample[];
  readonly left_out: number;
}

export interface StreamSample {
  readonly name: string;
  readonly detector: string;
  readonly status: "live" | "warming" | "silent";
  readonly last_ts: number | null;
  readonly silent_ms: number;
  readonly regime: string;
  readonly probability: number | null;
  readonly observations: number;
  readonly observations_per_second: number | null;
  readonly changed_ts: number | null;
}

export interface StreamsSample {
  readonly interval_ms: number;
  readonly total: number;
  readonly silent: number;
  readonly streams: readonly StreamSample[];
  readonly left_out: number;
}

/** The content of a sample, by its topic. */
export interface SampleOfTopic {
  readonly "gateway.stats": StatsSample;
  readonly "gateway.workers": WorkersSample;
  readonly "gateway.connections": ConnectionsSample;
  readonly "gateway.models": ModelsSample;
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
