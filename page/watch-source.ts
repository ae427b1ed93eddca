/** Where samples come from: the gateway, or in tests a source that makes them. */
import type { SampleMoment, SampleOfTopic, WatchTopic } from "./samples.js";

export interface WatchOptions {
  /** Milliseconds between two samples. Default 1,000. */
  readonly intervalMs?: number;
  /** Only the streams whose name matches; for `gateway.streams`. */
  readonly pattern?: string;
}

export interface WatchSource {
  /**
   * Calls `taken` with each sample from now on, across reconnections.
   * @returns ends the watch
   */
  watch<T extends WatchTopic>(
    topic: T,
    taken: (sample: SampleOfTopic[T], moment: SampleMoment) => void,
    options?: WatchOptions,
  ): () => void;
}
