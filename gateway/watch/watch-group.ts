/** The watches of one topic at one interval: one timer, and one collector for each different view of the topic. */
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
  readonly collector: Collector<SampleOfTopic[WatchTopic]>;
  /** The tenant of the watch for which it is collected. */
  readonly tenant: string;
  /** On the monotonic clock; when it was made, before the first sample. */
  sampledAt: number;
  last: SharedFrame<SampleFrame> | undefined;
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

  /** Collects a view in each piece, and gives it to the watchers that are ready for it. */
  private *samples(): Generator<undefined, void, undefined> {
    for (const watches of this.byView().values()) {
      const ready = watches.filter(({ watcher }) => watcher.ready);
      const [first] = ready;
      if (first !== undefined) this.give(first, ready);
      yield;
    }
  }

  private byView(): Map<string, GroupWatch[]> {
    const byKey = new Map<string, GroupWatch[]>();
    for (const watch of this.watches) {
      const { key } = this.topic.view(watch.watcher.principal, watch.contains);
      const watches = byKey.get(key);
      if (watches === undefined) byKey.set(key, [watch]);
      else watches.push(watch);
    }
    return byKey;
  }

  private sampleAtOnce(watch: GroupWatch): void {
    if (!this.watches.has(watch) || !watch.watcher.ready) return;
    const { last, sampledAt } = this.viewOf(watch);
    const isFresh = last !== undefined && this.options.clock.now() - sampledAt < freshMs;
    if (isFresh) watch.watcher.take(last);
    else this.give(watch, [watch]);
  }

  /** @param of one of the watches of the view */
  private give(of: GroupWatch, watches: readonly GroupWatch[]): void {
    const frame = this.sample(of);
    if (frame === undefined) return;
    for (const watch of watches) if (this.watches.has(watch)) watch.watcher.take(frame);
  }

  /** Undefined when the view cannot be collected, or nothing of an interval was recorded yet. */
  private sample(of: GroupWatch): SharedFrame<SampleFrame> | undefined {
    const { clock, failed } = this.options;
    const { name } = this.topic;
    const view = this.viewOf(of);
    const now = clock.now();
    const elapsedMs = now - view.sampledAt;
    if (elapsedMs <= 0 && !this.topic.atOnce) return undefined;
    view.sampledAt = now;
    try {
      const data = view.collector.sample(elapsedMs);
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
    const collected = { collector: view.collector(), tenant, sampledAt, last: undefined };
    this.views.set(view.key, collected);
    return collected;
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
