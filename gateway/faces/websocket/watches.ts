/** The watches of one connection: one for each topic at most, and so never more than there are topics. */
import { HeadgateError } from "../../../protocol/errors.js";
import type { WatchFrame } from "../../../protocol/frames.js";
import type { WatchTopic } from "../../../protocol/samples.js";
import type { WatchHub, WatchRegistration } from "../../watch/watch-hub.js";
import type { Watcher } from "../../watch/watched-topic.js";

export class ConnectionWatches {
  private readonly byTopic = new Map<WatchTopic, WatchRegistration>();

  constructor(
    private readonly hub: WatchHub,
    private readonly watcher: Watcher,
  ) {}

  get topics(): Iterable<WatchTopic> {
    return this.byTopic.keys();
  }

  get count(): number {
    return this.byTopic.size;
  }

  /**
   * @returns the interval in milliseconds after rounding
   * @throws HeadgateError
   */
  add(frame: WatchFrame): number {
    const { topic } = frame;
    if (this.byTopic.has(topic))
      throw new HeadgateError(
        "failed_precondition",
        `topic: ${topic} is watched on this connection already; send unwatch first to watch it in another way`,
      );
    const watch = this.hub.watch(frame, this.watcher);
    this.byTopic.set(topic, watch);
    return watch.intervalMs;
  }

  /** @throws HeadgateError not_found */
  remove(topic: WatchTopic): void {
    const watch = this.byTopic.get(topic);
    if (watch === undefined) throw new HeadgateError("not_found", `topic: ${topic} is not watched`);
    this.byTopic.delete(topic);
    watch.end();
  }

  endAll(): void {
    for (const topic of [...this.byTopic.keys()]) this.remove(topic);
  }
}
