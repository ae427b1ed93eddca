/**
 * The port of what must outlive the gateway: the event log, and the streams with their observations and
 * their detectors' states. What belongs together changes in one transaction, or not at all.
 */
import type { SavedState } from "../../engines/detectors/detector.js";
import type { HysteresisState } from "../../engines/detectors/hysteresis.js";
import type { Pieces } from "../../engines/pieces.js";
import type { Parameters } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { CommitListener, EventChange, WritableEventLog } from "../events/event-log.js";
import { inBrackets } from "../storage/write-fault.js";

/** How a stream was opened: it never changes. */
export interface StreamRecord {
  /** Of this stream and no other: one that is opened anew under a name has another. */
  readonly id: number;
  readonly namespace: string;
  readonly name: string;
  readonly detector: string;
  readonly version: string;
  readonly parameters: Parameters;
}

/** Where a stream stands after a batch. */
export interface StreamProgress {
  /** Observations so far. */
  readonly total: number;
  /** Milliseconds since the epoch of the last one's own time; null before the first. */
  readonly lastTs: number | null;
  /** Values in each; 0 before the first. */
  readonly d: number;
  /** Milliseconds since the epoch when it was opened or last fed. */
  readonly touchedAt: number;
  /** Its silence was told, and not yet its end. */
  readonly silent: boolean;
  readonly hysteresis: HysteresisState;
  /** [k] of the last observation; null while the detector warms up. */
  readonly probabilities: Float64Array | null;
  readonly detecting: SavedState;
}

/** Observations with what was said of each when it came. */
export interface Observations {
  /** How many the stream had before the first of these. */
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

/** What changes together. */
export interface JournalChange extends EventChange {
  readonly closed?: number | undefined;
  readonly opened?: StreamRecord | undefined;
  /** Of a stream that is open; `keep` observations are remembered, older ones may go. */
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
  /** Grows when a commit failed: what was computed from state that was not kept has to be computed anew. */
  readonly failures: number;
  /** Bytes of what it holds on disk; 0 where it holds nothing there. */
  readonly usedBytes: number;
  newStreamId(): number;
  /**
   * As that of the event log, with what changes of the streams in the same transaction.
   * @throws HeadgateError unavailable: nothing of it was kept, nor of any that came before that is unanswered
   */
  commit(change: JournalChange, told?: CommitListener): Promise<void>;
  /** The streams that are open. */
  streams(): readonly SavedStream[];
  stream(id: number): SavedStream | undefined;
  /** The newest observations of a stream that are on disk, at most so many, oldest first. */
  observations(id: number, countMax: number): Observations;
  /** The same, as they are on disk at the first piece: a stream that was fed one by one has a record for each. */
  readObservations(id: number, countMax: number): Pieces<Observations>;
  /**
   * Lets go of events that are too old, on the disk too. Reads find none of them by themselves; this is for topics nobody
   * reads, and for the disk while nothing is committed.
   */
  sweep(): void;
  /** Lands what is under way. Nothing can be committed after. */
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

/** Some observations, without copying them. */
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

/** Parts that follow one another, as one. */
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
