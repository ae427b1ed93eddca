/** Where samples come from: the gateway, or in tests a source that makes them. */
import type { WatchOptions } from "../client/typescript/browser.js";
import type { SampleMoment, SampleOfTopic, WatchTopic } from "./samples.js";

export interface WatchSource {
  /**
   * Calls `taken` with each sample from now on, across reconnections and new tokens. A topic has one interval and one
   * filter at a time: those that were asked for last.
   * @returns ends the watch
   */
  watch<T extends WatchTopic>(
    topic: T,
    taken: (sample: SampleOfTopic[T], moment: SampleMoment) => void,
    options?: WatchOptions,
  ): () => void;
}
