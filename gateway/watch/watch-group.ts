/** The watches of one topic at one interval: one timer, and one collector for each different view of the topic. */
import type { Pieces } from "../../engines/pieces.js";
import type { SampleFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import type { SampleOfTopic, WatchTopic } from "../../protocol/samples.js";
import { SharedFrame } from "../../protocol/shared-frame.js";
import type { Principal } from "../auth/principal.js";
import type { Clock } from "../clock.js";
import type { TurnBudget } from "../turn-budget.js";
import type { Collector, WatchedTopic, Watcher } from "./watched-topic.js";

export interface SamplingOptions {
  readonly clock: Clock;
  readonly turns: TurnBudget;
  /** Called when a collector fails: the sample is skipped. */
  readonly failed: (topic: WatchTopic, error: unknown) => void;
}

export interface GroupWatch {
  readonly watcher: Watcher;
  readonly contains: string;
}

/** A view that is collected, and when its last sample was. */
interface CollectedView {
  readonly key: string;
  readonly collector: Collector<SampleOfTopic[WatchTopic]>;
  /** The tenant of the watch for which it is collected. */
  readonly tenant: string;
  /** On the monotonic clock; when it was made, before the first sample. */
  sampledAt: number;
  last: SharedFrame<SampleFrame> | undefined;
  /** Who gets the sample that is being collected; undefined while none is. */
  receivers: GroupWatch[] | undefined;
}

/** Milliseconds for which a new watch gets the last sample of its view again, and none is collected. */
const freshMs = limits.watch_interval_ms_min;

export class WatchGroup {
  private readonly watches = new Set<GroupWatch>();
  private readonly views = new Map<string, CollectedView>();
  private stopTimer: (() => void) | undefined;
  private dueAt = 0;
  private seq = 0;

  constructor(
    private readonly topic: WatchedTopic,
    private readonly intervalMs: number,
    private readonly options: SamplingOptions,
  ) {}

  get size(): number {
    return this.watches.size;
  }

  /** The number of views that are collected for watches of a tenant. */
  viewsOf(tenant: string): number {
    let count = 0;
    for (const view of this.views.values()) if (view.tenant === tenant) count++;
    return count;
  }

  hasView(principal: Principal, contains: string): boolean {
    return this.views.has(this.topic.view(principal, contains).key);
  }

  add(watcher: Watcher, contains: string): GroupWatch {
    const watch = { watcher, contains };
    this.watches.add(watch);
    this.viewOf(watch);
    if (this.stopTimer === undefined) {
      this.dueAt = this.options.clock.now();
      this.sampleLater();
    }
    if (this.topic.atOnce) queueMicrotask(() => this.sampleAtOnce(watch));
    return watch;
  }

  remove(watch: GroupWatch): void {
    this.watches.delete(watch);
    this.endUnwatched();
    if (this.watches.size > 0) return;
    this.stopTimer?.();
    this.stopTimer = undefined;
  }

  private sampleLater(): void {
    const { clock } = this.options;
    const now = clock.now();
    // After a pause of the process the samples that were missed are not made up for.
    this.dueAt = Math.max(this.dueAt + this.intervalMs, now);
    this.stopTimer = clock.after(this.dueAt - now, () => void this.sampleAll());
  }

  private async sampleAll(): Promise<void> {
    this.seq++;
    await this.options.turns.all(this.samples());
    if (this.watches.size === 0) return;
    this.endUnwatched();
    this.sampleLater();
  }

  /** Collects each view, and gives it to the watchers that are ready for it. */
  private *samples(): Pieces<void> {
    for (const watches of this.byView().values()) {
      const ready = watches.filter((watch) => this.watches.has(watch) && watch.watcher.ready);
      const [first] = ready;
      if (first !== undefined) yield* this.give(first, ready);
      yield;
    }
  }

  private byView(): Map<string, GroupWatch[]> {
    const byKey = new Map<string, GroupWatch[]>();
    for (const watch of this.watches) {
      const key = this.keyOf(watch);
      const watches = byKey.get(key);
      if (watches === undefined) byKey.set(key, [watch]);
      else watches.push(watch);
    }
    return byKey;
  }

  private sampleAtOnce(watch: GroupWatch): void {
    if (!this.watches.has(watch) || !watch.watcher.ready) return;
    const { last, sampledAt, receivers } = this.viewOf(watch);
    // While a sample is collected, `sampledAt` is the time of that one, and the newcomer waits for it.
    const isCollected = last !== undefined && receivers === undefined;
    const isFresh = isCollected && this.options.clock.now() - sampledAt < freshMs;
    if (isFresh) watch.watcher.take(last);
    else void this.options.turns.all(this.give(watch, [watch]));
  }

  /** @param of one of the watches of the view */
  private *give(of: GroupWatch, watches: readonly GroupWatch[]): Pieces<void> {
    const view = this.viewOf(of);
    if (view.receivers !== undefined) return void view.receivers.push(...watches);
    view.receivers = [...watches];
    const frame = yield* this.sample(view);
    const { receivers } = view;
    view.receivers = undefined;
    if (frame === undefined) return;
    for (const watch of receivers) {
      // The watch may have ended, or its rights may have changed, since the sample was begun.
      if (this.watches.has(watch) && this.keyOf(watch) === view.key) watch.watcher.take(frame);
      // The first one of an encoding encodes the sample, which takes a millisecond or two.
      yield;
    }
  }

  /** Undefined when the view cannot be collected, or nothing of an interval was recorded yet. */
  private *sample(view: CollectedView): Pieces<SharedFrame<SampleFrame> | undefined> {
    const { clock, failed } = this.options;
    const { name } = this.topic;
    const now = clock.now();
    const elapsedMs = now - view.sampledAt;
    if (elapsedMs <= 0 && !this.topic.atOnce) return undefined;
    view.sampledAt = now;
    try {
      const data = yield* view.collector.sample(elapsedMs);
      const { seq } = this;
      view.last = new SharedFrame<SampleFrame>({ type: "sample", topic: name, ts: clock.wall(), seq, data });
      return view.last;
    } catch (error) {
      failed(name, error);
      return undefined;
    }
  }

  private viewOf({ watcher: { principal }, contains }: GroupWatch): CollectedView {
    const view = this.topic.view(principal, contains);
    const known = this.views.get(view.key);
    if (known !== undefined) return known;
    const { tenant } = principal;
    const sampledAt = this.options.clock.now();
    const { key } = view;
    const collector = view.collector();
    const collected = { key, collector, tenant, sampledAt, last: undefined, receivers: undefined };
    this.views.set(key, collected);
    return collected;
  }

  private keyOf({ watcher: { principal }, contains }: GroupWatch): string {
    return this.topic.view(principal, contains).key;
  }

  private endUnwatched(): void {
    const watched = this.byView();
    for (const [key, { collector }] of this.views) {
      if (watched.has(key)) continue;
      this.views.delete(key);
      collector.end();
    }
  }
}
