/** What is asked of a stream, whichever face it came by. */
import type { Parameters, PathKind } from "../../protocol/frames.js";
import type { WireTensor } from "../../protocol/tensor.js";

export interface OpenRequest {
  readonly stream: string;
  readonly detector: string;
  readonly parameters?: Parameters;
  /** Replace a stream that is open with another detector or other parameters. */
  readonly replace?: boolean;
  /** What a new stream begins with: observed before, so that no event tells of it. */
  readonly history?: { readonly ts: readonly number[]; readonly values: WireTensor };
}

export interface ObserveRequest {
  readonly stream: string;
  /** Milliseconds since the epoch, fractions allowed; as many as rows. */
  readonly ts: number | readonly number[];
  readonly values: WireTensor;
}

export interface StateRequest {
  readonly stream: string;
  /** `filtered`: what was said when each observation came. `smoothed`: how the past looks from today. */
  readonly path?: PathKind;
  /** Observations of the path, the newest so many. */
  readonly limit?: number;
  /** Whether the path tells what was observed, beside what was said of it. */
  readonly values?: boolean;
}
