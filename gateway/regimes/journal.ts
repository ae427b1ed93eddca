/**
 * The port of what must survive the gateway: the event log, and the streams with their observations and their
 * detectors' states. What belongs together changes in one transaction or not at all.
 */
import type { SavedState } from "../../engines/detectors/detector.js";
import type { HysteresisState } from "../../engines/detectors/hysteresis.js";
import type { Pieces } from "../../engines/pieces.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { CommitListener, EventChange, WritableEventLog } from "../events/event-log.js";
import { inBrackets } from "../storage/write-fault.js";

/** How a stream was opened. It never changes. */
export interface StreamRecord {
  /** Unique to this stream: a stream that is opened again under the same name has another id. */
  readonly id: number;
  readonly namespace: string;
  /** The tenant that opened it; absent in streams that were opened before tenants were kept. */
  readonly tenant?: string | undefined;
  readonly name: string;
  readonly detector: string;
  readonly version: string;
  readonly parameters: Parameters;
}

/** A stream's progress after a batch. */
export interface StreamProgress {
  /** Observations so far. */
  readonly total: number;
  /** The last observation's own time, in milliseconds since the epoch; null before the first. */
  readonly lastTs: number | null;
  /** Values in each observation; 0 before the first. */
  readonly d: number;
  /** Milliseconds since the epoch when the stream was opened or last fed. */
  readonly touchedAt: number;
  /** True from the event `feed_silent` until `feed_resumed`. */
  readonly silent: boolean;
  readonly hysteresis: HysteresisState;
  /** [k], of the last observation; null while the detector warms up. */
  readonly probabilities: Float64Array | null;
  readonly detecting: SavedState;
}

/** Observations with the regime and the probabilities that the detector gave each when it arrived. */
export interface Observations {
  /** Observations that the stream had before the first of these. */
  readonly first: number;
  readonly n: number;
  readonly d: number;
  readonly k: number;
  /** [n] milliseconds since the epoch. */
  readonly times: Float64Array;
  /** [n, d] */
  readonly rows: Float64Array;
  /** [n] index of the regime after hysteresis, -1 before the first. */
  readonly regimes: Int8Array;
  /** [n, k] filtered; NaN while the detector warmed up. */
  readonly probabilities: Float64Array;
}

export interface SavedStream {
  readonly record: StreamRecord;
  readonly progress: StreamProgress;
}

/** Everything that one transaction changes. */
export interface JournalChange extends EventChange {
  readonly closed?: number | undefined;
  readonly opened?: StreamRecord | undefined;
  /** Progress of a stream that is open. Its newest `keep` observations are kept, older ones may be removed. */
  readonly progress?:
    | {
        readonly id: number;
        readonly progress: StreamProgress;
        readonly observed?: Observations | undefined;
        readonly keep: number;
      }
    | undefined;
}

export interface Journal extends WritableEventLog {
  /** Counts failed commits: what was computed from state that was not kept has to be computed again. */
  readonly failures: number;
  /** Bytes that the journal takes on disk; 0 where it has no file. */
  readonly usedBytes: number;
  newStreamId(): number;
  /**
   * Commits events and the streams' changes in one transaction; see the event log's `commit`.
   * @throws HeadgateError unavailable: nothing of this change was kept, nor of any earlier one that is still
   * unanswered
   */
  commit(change: JournalChange, listener?: CommitListener): Promise<void>;
  /** The streams that are open. */
  streams(): readonly SavedStream[];
  stream(id: number): SavedStream | undefined;
  /** The newest observations of a stream that are on disk, `countMax` at most, oldest first. */
  observations(id: number, countMax: number): Observations;
  /**
   * The same, read in pieces: a stream that was fed one observation at a time has a record for each. It reads what is
   * on disk when its first piece is read.
   */
  readObservations(id: number, countMax: number): Pieces<Observations>;
  /**
   * Removes events that are too old, from the disk too. Reads leave such events out by themselves; this is for topics
   * that nobody reads, and for the disk while nothing is committed.
   */
  sweep(): void;
  /** Completes the commits that are under way. Nothing can be committed after it. */
  close(): Promise<void>;
}

export function notKept(cause: unknown): HeadgateError {
  return new HeadgateError(
    "unavailable",
    `the gateway could not write to its data folder${inBrackets(cause)}; nothing was taken`,
    {
      cause,
    },
  );
}

/** A range of observations, without copying them. */
export function sliceObservations(all: Observations, from: number, to = all.n): Observations {
  const { d, k } = all;
  return {
    first: all.first + from,
    n: to - from,
    d,
    k,
    times: all.times.subarray(from, to),
    rows: all.rows.subarray(from * d, to * d),
    regimes: all.regimes.subarray(from, to),
    probabilities: all.probabilities.subarray(from * k, to * k),
  };
}

/** Consecutive ranges of observations as one. */
export function joinObservations(all: readonly Observations[]): Observations {
  const parts = all.filter(({ n }) => n > 0);
  const [head] = parts;
  if (head === undefined) return noObservations;
  if (parts.length === 1) return head;
  const { first, d, k } = head;
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  const joined = {
    first,
    n,
    d,
    k,
    times: new Float64Array(n),
    rows: new Float64Array(n * d),
    regimes: new Int8Array(n),
    probabilities: new Float64Array(n * k),
  };
  let at = 0;
  for (const part of parts) {
    joined.times.set(part.times, at);
    joined.rows.set(part.rows, at * d);
    joined.regimes.set(part.regimes, at);
    joined.probabilities.set(part.probabilities, at * k);
    at += part.n;
  }
  return joined;
}

export const noObservations: Observations = {
  first: 0,
  n: 0,
  d: 0,
  k: 0,
  times: new Float64Array(0),
  rows: new Float64Array(0),
  regimes: new Int8Array(0),
  probabilities: new Float64Array(0),
};
