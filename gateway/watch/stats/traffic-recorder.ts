/**
 * Hands the reports of requests to the intervals that are being recorded. It listens only while there is one. An
 * interval of one tenant hears of that tenant alone.
 */
import type { Servable } from "../../../engines/servable.js";
import type { ErrorCode } from "../../../protocol/errors.js";
import type { BatchPart, TrafficListener, TrafficTap } from "../../observe/traffic.js";
import { TrafficInterval } from "./traffic-interval.js";

/** A recording that goes on from interval to interval. */
export interface Recording {
  /** The figures since the last call; the next interval begins. */
  next(): TrafficInterval;
  end(): void;
}

interface RunningRecording extends Recording {
  interval: TrafficInterval;
}

const none: ReadonlySet<RunningRecording> = new Set();

export class TrafficRecorder implements TrafficListener {
  private readonly ofAll = new Set<RunningRecording>();
  private readonly ofTenant = new Map<string, Set<RunningRecording>>();

  constructor(private readonly tap: TrafficTap) {}

  /** @param tenant whose requests are recorded; undefined: those of all */
  record(tenant: string | undefined): Recording {
    const set = tenant === undefined ? this.ofAll : (this.ofTenant.get(tenant) ?? new Set());
    if (tenant !== undefined) this.ofTenant.set(tenant, set);
    const recording: RunningRecording = {
      interval: new TrafficInterval(),
      next() {
        const { interval } = this;
        this.interval = new TrafficInterval();
        return interval;
      },
      end: () => {
        set.delete(recording);
        if (tenant !== undefined && set.size === 0 && this.ofTenant.get(tenant) === set)
          this.ofTenant.delete(tenant);
        if (this.ofAll.size === 0 && this.ofTenant.size === 0) this.tap.listener = undefined;
      },
    };
    set.add(recording);
    this.tap.listener = this;
    return recording;
  }

  received(tenant: string, bytes: number): void {
    for (const { interval } of this.ofAll) interval.received(tenant, bytes);
    for (const { interval } of this.recordingsOf(tenant)) interval.received(tenant, bytes);
  }

  answered(tenant: string, servable: Servable, ms: number): void {
    for (const { interval } of this.ofAll) interval.answered(tenant, servable, ms);
    for (const { interval } of this.recordingsOf(tenant)) interval.answered(tenant, servable, ms);
  }

  refused(tenant: string, servable: Servable | undefined): void {
    for (const { interval } of this.ofAll) interval.refused(tenant, servable);
    for (const { interval } of this.recordingsOf(tenant)) interval.refused(tenant, servable);
  }

  failed(tenant: string, code: ErrorCode): void {
    for (const { interval } of this.ofAll) interval.failed(tenant, code);
    for (const { interval } of this.recordingsOf(tenant)) interval.failed(tenant, code);
  }

  observed(tenant: string, observations: number): void {
    for (const { interval } of this.ofAll) interval.observed(tenant, observations);
    for (const { interval } of this.recordingsOf(tenant)) interval.observed(tenant, observations);
  }

  computed(servable: Servable, rows: number, computeMs: number, parts: readonly BatchPart[]): void {
    for (const { interval } of this.ofAll) interval.computed(servable, rows, computeMs, parts);
    if (this.ofTenant.size === 0) return;
    for (const [tenant, own] of this.watchedParts(parts))
      for (const { interval } of this.recordingsOf(tenant)) interval.computed(servable, rows, computeMs, own);
  }

  /** The parts of a batch of each tenant that is recorded alone. */
  private watchedParts(parts: readonly BatchPart[]): ReadonlyMap<string, readonly BatchPart[]> {
    const watched = new Map<string, BatchPart[]>();
    for (const part of parts) {
      const { tenant } = part.account;
      if (!this.ofTenant.has(tenant)) continue;
      const own = watched.get(tenant);
      if (own === undefined) watched.set(tenant, [part]);
      else own.push(part);
    }
    return watched;
  }

  private recordingsOf(tenant: string): ReadonlySet<RunningRecording> {
    return this.ofTenant.get(tenant) ?? none;
  }
}
