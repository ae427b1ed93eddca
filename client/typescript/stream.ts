/** A stream that this client feeds. The client opens it again after a reconnection. */
import type { HeadgateError } from "../../protocol/errors.js";
import type { Parameters } from "../../protocol/frames.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { CallOptions } from "./options.js";
import type { StateOptions, StreamState } from "./stream-state.js";

/** How a stream is opened. */
export interface StreamOptions extends CallOptions {
  /** The detector's name; `describe` lists them. */
  readonly detector: string;
  /** The detector's parameters by name. Default: the detector's own. */
  readonly parameters?: Parameters;
  /** Start a stream afresh that is open with another detector or other parameters. Default false. */
  readonly replace?: boolean;
  /** What a new stream begins with: the detector warms up on it, and no event tells of it. A stream that is there ignores it. */
  readonly history?: History;
}

/** Observations that a new stream begins with. */
export interface History {
  /** Milliseconds since the epoch, increasing. */
  readonly ts: readonly number[];
  /** [n, d], a row for each time. */
  readonly values: readonly (readonly number[])[] | Tensor;
}

/** What became of observations. */
export interface Observed {
  /** Rows that the gateway took. */
  readonly accepted: number;
  /** Rows that the gateway had already: a feed may safely repeat itself. */
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
  readonly observe: (
    stream: string,
    ts: number | readonly number[],
    values: Tensor,
    call: CallOptions,
  ) => Promise<Observed>;
  readonly close: (stream: string, call: CallOptions) => Promise<void>;
  readonly state: (stream: string, query: StateOptions) => Promise<StreamState>;
  readonly failed: (stream: string, error: HeadgateError) => void;
}

/** A stream that this client feeds, bound to a detector that lives in the gateway. */
export class Stream {
  /** Milliseconds since the epoch of the newest observation that a gateway said is on its disk. */
  private ackedTs: number;

  /** @internal */
  constructor(
    /** The stream's name. */
    readonly name: string,
    /** How it was opened. */
    readonly options: StreamOptions,
    private opened: OpenStreamResult,
    private readonly feeding: StreamActions,
  ) {
    this.ackedTs = opened.lastTs ?? -Infinity;
  }

  /** Whether there was no such stream before this client opened it last. */
  get created(): boolean {
    return this.opened.created;
  }

  /** Milliseconds since the epoch of the last observation the gateway had when the stream was opened. */
  get lastTs(): number | null {
    return this.opened.lastTs;
  }

  /** Observations the gateway had when the stream was opened. */
  get observations(): number {
    return this.opened.observations;
  }

  /** Notes that observations up to a time are on the gateway's disk. @internal */
  acked(lastTs: number): void {
    this.ackedTs = Math.max(this.ackedTs, lastTs);
  }

  /**
   * Notes what the gateway has after a reconnection.
   * @returns the time up to which a gateway had acknowledged what this one lacks; undefined when nothing is missing
   * @internal
   */
  reopened(opened: OpenStreamResult): number | undefined {
    const { ackedTs } = this;
    this.opened = opened;
    this.ackedTs = opened.lastTs ?? -Infinity;
    return ackedTs > this.ackedTs ? ackedTs : undefined;
  }

  /**
   * Gives the detector one observation. Awaiting it is optional: a failure is reported as the event `observe_failed`
   * as well.
   * @param ts milliseconds since the epoch, after those that were given before
   * @param values [d]
   * @param call the time of this call
   */
  observe(ts: number, values: readonly number[] | Float64Array, call?: CallOptions): Promise<Observed>;
  /**
   * Gives the detector many observations with their times. Awaiting it is optional: a failure is reported as the
   * event `observe_failed` as well.
   * @param ts [n] milliseconds since the epoch, increasing
   * @param values [n, d]
   * @param call the time of this call
   */
  observe(
    ts: readonly number[],
    values: readonly (readonly number[])[] | Tensor,
    call?: CallOptions,
  ): Promise<Observed>;
  observe(
    ts: number | readonly number[],
    values: readonly number[] | Float64Array | readonly (readonly number[])[] | Tensor,
    call: CallOptions = {},
  ): Promise<Observed> {
    const observed = this.feeding.observe(this.name, ts, asTensor(values), call);
    observed.catch((error: HeadgateError) => this.feeding.failed(this.name, error));
    return observed;
  }

  /**
   * The stream's state, and with `path` how it came there.
   * @param query whether to tell the path as well, and how much of it
   * @throws {@link HeadgateError} `not_found`, or `failed_precondition` when there is no smoothed path yet
   */
  state(query: StateOptions = {}): Promise<StreamState> {
    return this.feeding.state(this.name, query);
  }

  /**
   * Ends the stream and forgets it, for everybody.
   * @param call the time of this call
   */
  close(call: CallOptions = {}): Promise<void> {
    return this.feeding.close(this.name, call);
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
