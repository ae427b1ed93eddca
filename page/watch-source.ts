/** Where samples come from: the gateway, or in tests a source that makes them. */
import type { SampleMoment, SampleOfTopic, WatchTopic } from "./samples.js";

export interface WatchOptions {
  /** Milliseconds between two samples. Default 1,000. */
  readonly intervalMs?: number;
  /** Of `gateway.streams`: only streams whose names contain this text. */
  readonly contains?: string;
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
