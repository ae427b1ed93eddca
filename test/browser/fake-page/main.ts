/** The page with a source of samples that the test drives, in place of the gateway's. */
import "../../../page/style/index.css";
import type { SampleOfTopic, WatchTopic } from "../../../page/samples.js";
import { startPage } from "../../../page/start.js";
import type { WatchSource } from "../../../page/watch-source.js";

type Taken = Parameters<WatchSource["watch"]>[1];

class FakeSource implements WatchSource {
  private readonly watches = new Map<WatchTopic, Set<Taken>>();
  private seq = 0;

  watch<T extends WatchTopic>(
    topic: T,
    taken: (sample: SampleOfTopic[T], moment: never) => void,
  ): () => void {
    const watches = this.watches.get(topic) ?? new Set();
    this.watches.set(topic, watches);
    watches.add(taken as Taken);
    return () => watches.delete(taken as Taken);
  }

  emit<T extends WatchTopic>(topic: T, sample: SampleOfTopic[T], ts: number): void {
    for (const taken of this.watches.get(topic) ?? []) taken(sample, { ts, seq: this.seq++ });
  }

  /** How many watch a topic. */
  watching(topic: WatchTopic): number {
    return this.watches.get(topic)?.size ?? 0;
  }
}

const source = new FakeSource();
Object.assign(window, { source });
startPage(() => source);
