/**
 * All watches of all connections. Those of one topic and interval share a timer, and those that see the same share
 * each sample, which is encoded once. Nothing is collected and no timer runs while nobody watches.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { WatchTopic } from "../../protocol/samples.js";
import { requireScope } from "../auth/authorization.js";
import type { Principal } from "../auth/principal.js";
import { sampleInterval } from "./intervals.js";
import { type SamplingOptions, WatchGroup } from "./watch-group.js";
import type { WatchedTopic, WatchedTopics, Watcher } from "./watched-topic.js";

export interface WatchRequest {
  readonly topic: WatchTopic;
  readonly interval_ms?: number | undefined;
  /** Only rows whose names contain this text. */
  readonly contains?: string | undefined;
}

/** One watch of one connection. */
export interface WatchRegistration {
  readonly topic: WatchTopic;
  /** The interval in milliseconds after rounding. */
  readonly intervalMs: number;
  end(): void;
}

export interface WatchHubOptions extends SamplingOptions {
  readonly topics: WatchedTopics;
}

/**
 * Different views that a tenant may watch at the same time. Each costs up to a millisecond a sample, however many
 * connections share it.
 */
const viewsOfTenantMax = 64;

export class WatchHub {
  private readonly groups = new Map<string, WatchGroup>();

  constructor(private readonly options: WatchHubOptions) {}

  /** The number of timers: one for each topic and interval that is watched. */
  get timers(): number {
    return this.groups.size;
  }

  /** @throws HeadgateError permission_denied */
  require(principal: Principal, topic: WatchTopic): void {
    const { scope } = this.topic(topic);
    if (scope !== undefined) requireScope(principal, scope);
  }

  /**
   * Starts a watch. Its first sample comes after this turn at the earliest.
   * @throws HeadgateError permission_denied or resource_exhausted
   */
  watch({ topic, interval_ms, contains = "" }: WatchRequest, watcher: Watcher): WatchRegistration {
    this.require(watcher.principal, topic);
    const intervalMs = sampleInterval(interval_ms, this.topic(topic).shortestMs);
    const key = `${topic} ${intervalMs}`;
    const group = this.groups.get(key) ?? new WatchGroup(this.topic(topic), intervalMs, this.options);
    this.requireRoomForView(watcher.principal, group, contains);
    this.groups.set(key, group);
    const watch = group.add(watcher, contains);
    return {
      topic,
      intervalMs,
      end: () => {
        group.remove(watch);
        if (group.size === 0 && this.groups.get(key) === group) this.groups.delete(key);
      },
    };
  }

  private requireRoomForView(principal: Principal, group: WatchGroup, contains: string): void {
    if (group.hasView(principal, contains)) return;
    let views = 0;
    for (const each of this.groups.values()) views += each.viewsOf(principal.tenant);
    if (views < viewsOfTenantMax) return;
    throw new HeadgateError(
      "resource_exhausted",
      `topic: the tenant watches ${views} different views, the limit; watch with intervals and filters that others ` +
        "of its connections have",
      { retryable: false },
    );
  }

  private topic(name: WatchTopic): WatchedTopic {
    return this.options.topics[name] as WatchedTopic;
  }
}
