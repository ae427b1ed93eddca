/** Requests about streams, as every face makes them. */
import type { Parameters, PathKind } from "../../protocol/frames.js";
import type { WireTensor } from "../../protocol/tensor.js";

export interface OpenRequest {
  readonly stream: string;
  readonly detector: string;
  readonly parameters?: Parameters;
  /** Whether to replace a stream that is open with another detector or other parameters. */
  readonly replace?: boolean;
  /** Observations that a new stream begins with. They bring no events. */
  readonly history?: { readonly ts: readonly number[]; readonly values: WireTensor };
}

export interface ObserveRequest {
  readonly stream: string;
  /** Milliseconds since the epoch, fractions allowed; one for each row. */
  readonly ts: number | readonly number[];
  readonly values: WireTensor;
}

export interface StateRequest {
  readonly stream: string;
  /**
   * `filtered`: the regimes as they were when each observation arrived. `smoothed`: the regimes as all observations
   * together show them now.
   */
  readonly path?: PathKind;
  /** The newest observations of the path, so many at most. */
  readonly limit?: number;
  /** Whether the path contains the observations themselves beside their regimes. */
  readonly values?: boolean;
}
