/** The port of a topic that can be watched: who may watch it, what each watcher sees of it, and how it is collected. */
import type { z } from "zod";
import type { Pieces } from "../../engines/pieces.js";
import type { SampleFrame } from "../../protocol/frames.js";
import type { SampleOfTopic, WatchTopic } from "../../protocol/samples.js";
import type { SharedFrame } from "../../protocol/shared-frame.js";
import type { Principal } from "../auth/principal.js";
import type { Scope } from "../auth/scopes.js";

/** Collects the samples of one view at one interval, from its first sample to the end of its last watch. */
export interface Collector<S> {
  /**
   * Collects a sample over several turns, because one of thousands of streams takes milliseconds. It runs once at a time.
   * @param elapsedMs since the last sample, or since the collector was made
   */
  sample(elapsedMs: number): Pieces<S>;
  end(): void;
}

/** What one watcher sees of a topic. Watchers with the same key see the same samples. */
export interface WatchView<S> {
  readonly key: string;
  collector(): Collector<S>;
}

export interface WatchedTopic<T extends WatchTopic = WatchTopic> {
  readonly name: T;
  readonly description: string;
  readonly schema: z.ZodType<SampleOfTopic[T]>;
  /** The scope that a watcher needs; undefined: every accepted credential may watch. */
  readonly scope: Scope | undefined;
  /** Whether a watch begins with a sample at once, because it shows what is and not what happened in an interval. */
  readonly atOnce: boolean;
  /** The shortest interval in milliseconds: tables of hundreds of rows are sent less often than sums. */
  readonly shortestMs: number;
  /** @param contains of the watch: what the names of its rows contain */
  view(principal: Principal, contains: string): WatchView<SampleOfTopic[T]>;
}

/** A connection that watches. */
export interface Watcher {
  /** The client, whose rights may change while it watches. */
  readonly principal: Principal;
  /** Whether it can be given a sample now. Otherwise the sample is skipped, because a newer one replaces it. */
  readonly ready: boolean;
  take(sample: SharedFrame<SampleFrame>): void;
}

/** The topics that this gateway has, by name. */
export type WatchedTopics = { readonly [T in WatchTopic]: WatchedTopic<T> };

/** Whether the figures of all tenants are shown to this principal, or only those of its own. */
export function seesAll({ scopes }: Pick<Principal, "scopes">): boolean {
  return scopes.has("metrics:read");
}
