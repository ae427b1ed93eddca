/** A stream this client feeds. It is opened again by itself after a reconnection. */

import type { HeadgateError } from "../../protocol/errors.js";
import type { Parameters } from "../../protocol/frames.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { StateOptions, StreamState } from "./stream-state.js";

export interface StreamOptions {
  readonly detector: string;
  readonly parameters?: Parameters;
  /** Start afresh a stream that is open otherwise. */
  readonly replace?: boolean;
  /** What a new stream begins with: the detector warms up on it, and no event tells of it. A stream that is there ignores it. */
  readonly history?: {
    /** Milliseconds since the epoch, increasing. */
    readonly ts: readonly number[];
    /** [n, d] */
    readonly values: readonly (readonly number[])[] | Tensor;
  };
}

export interface Observed {
  readonly accepted: number;
  /** Rows the gateway had already: a feed may safely repeat itself. */
  readonly duplicates: number;
  /** Milliseconds since the epoch of the newest observation. */
  readonly lastTs: number;
}

export interface OpenStreamResult {
  readonly created: boolean;
  readonly lastTs: number | null;
  readonly observations: number;
}

export interface StreamActions {
  readonly observe: (stream: string, ts: number | readonly number[], values: Tensor) => Promise<Observed>;
  readonly close: (stream: string) => Promise<void>;
  readonly state: (stream: string, query: StateOptions) => Promise<StreamState>;
  readonly failed: (stream: string, error: HeadgateError) => void;
}

export class Stream {
  /** Milliseconds since the epoch of the newest observation that a gateway said is on its disk. */
  private ackedTs: number;

  constructor(
    readonly name: string,
    readonly options: StreamOptions,
    private opened: OpenStreamResult,
    private readonly feeding: StreamActions,
  ) {
    this.ackedTs = opened.lastTs ?? -Infinity;
  }

  /** Milliseconds since the epoch of the last observation the gateway had when the stream was opened. */
  get lastTs(): number | null {
    return this.opened.lastTs;
  }

  /** Observations the gateway had when the stream was opened. */
  get observations(): number {
    return this.opened.observations;
  }

  /** Observations up to a time are on the gateway's disk. */
  acked(lastTs: number): void {
    this.ackedTs = Math.max(this.ackedTs, lastTs);
  }

  /** @returns the time up to which a gateway had acked what this one does not have; undefined: nothing is missing */
  reopened(opened: OpenStreamResult): number | undefined {
    const { ackedTs } = this;
    this.opened = opened;
    this.ackedTs = opened.lastTs ?? -Infinity;
    return ackedTs > this.ackedTs ? ackedTs : undefined;
  }

  /**
   * One observation [d], or many [n, d] with their times. Awaiting it is optional: a failure nobody
   * awaits is told as the event `observe_failed`.
   * @param ts milliseconds since the epoch; as many as rows
   */
  observe(ts: number, values: readonly number[] | Float64Array): Promise<Observed>;
  observe(ts: readonly number[], values: readonly (readonly number[])[] | Tensor): Promise<Observed>;
  observe(
    ts: number | readonly number[],
    values: readonly number[] | Float64Array | readonly (readonly number[])[] | Tensor,
  ): Promise<Observed> {
    const observed = this.feeding.observe(this.name, ts, asTensor(values));
    observed.catch((error: HeadgateError) => this.feeding.failed(this.name, error));
    return observed;
  }

  /**
   * Where the stream stands, and with `path` how it came there.
   * @throws HeadgateError not_found, or failed_precondition when there is no smoothed path yet
   */
  state(query: StateOptions = {}): Promise<StreamState> {
    return this.feeding.state(this.name, query);
  }

  close(): Promise<void> {
    return this.feeding.close(this.name);
  }
}

export function asTensor(
  values: readonly number[] | Float64Array | readonly (readonly number[])[] | Tensor,
): Tensor {
  if ("datatype" in values) return values;
  if (values instanceof Float64Array) return { datatype: "FP64", shape: [values.length], data: values };
  const width = Array.isArray(values[0]) ? values[0].length : undefined;
  const data = Float64Array.from(values.flat() as number[]);
  return { datatype: "FP64", shape: width === undefined ? [values.length] : [values.length, width], data };
}
