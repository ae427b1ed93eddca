/** The topic `gateway.stats`: rates, latencies, queues and errors of the last interval, by model and by tenant. */

import type { Pieces } from "../../../engines/pieces.js";
import { limits } from "../../../protocol/limits.js";
import type { ModelStats, StatsSample, TenantStats } from "../../../protocol/samples.js";
import type { Principal } from "../../auth/principal.js";
import type { TenantWorkload, VersionWorkload, Workload } from "../../scheduling/workload.js";
import { type Collector, seesAll, type WatchedTopic, type WatchView } from "../watched-topic.js";
import type { EventLoopDelays } from "./event-loop-delays.js";
import { statsSchema } from "./stats-schema.js";
import { BatchSums, TrafficSums } from "./traffic-figures.js";
import { type ModelSums, modelsMax, others, type TrafficInterval, tenantsMax } from "./traffic-interval.js";
import type { TrafficRecorder } from "./traffic-recorder.js";

export interface StatsSources {
  readonly recorder: Pick<TrafficRecorder, "record">;
  readonly workload: () => Workload;
  readonly ready: () => boolean;
  readonly draining: () => boolean;
  readonly uptimeMs: () => number;
  readonly memory: () => { readonly heapUsed: number; readonly rss: number };
  readonly eventLoop: () => EventLoopDelays;
}

export function statsTopic(sources: StatsSources): WatchedTopic<"gateway.stats"> {
  return {
    name: "gateway.stats",
    description:
      "What requests brought since the last sample: rates, latencies, errors and queues, by model and by tenant.",
    schema: statsSchema,
    scope: undefined,
    atOnce: false,
    shortestMs: limits.watch_interval_ms_min,
    view: (principal) => statsView(principal, sources),
  };
}

function statsView(principal: Principal, sources: StatsSources): WatchView<StatsSample> {
  if (seesAll(principal)) return { key: "gateway", collector: () => new StatsCollector(sources, undefined) };
  const { tenant } = principal;
  return { key: `tenant ${tenant}`, collector: () => new StatsCollector(sources, tenant) };
}

const idle: TenantWorkload = { inFlight: 0, waiting: 0 };

class StatsCollector implements Collector<StatsSample> {
  private readonly recording;
  private readonly eventLoop: EventLoopDelays | undefined;

  /** @param tenant whose figures are shown; undefined: those of all */
  constructor(
    private readonly sources: StatsSources,
    private readonly tenant: string | undefined,
  ) {
    this.recording = sources.recorder.record(tenant);
    this.eventLoop = tenant === undefined ? sources.eventLoop() : undefined;
  }

  *sample(elapsedMs: number): Pieces<StatsSample> {
    const { sources, tenant } = this;
    const interval = this.recording.next();
    const workload = sources.workload();
    yield; // each queue of each tenant was looked at
    const tenants = tenantRows(interval, workload, tenant);
    const { sums } = interval;
    const perSecond = (count: number) => Number(((count * 1_000) / elapsedMs).toPrecision(5));
    return {
      scope: tenant === undefined ? "gateway" : "tenant",
      interval_ms: Math.round(elapsedMs),
      requests: sums.requests,
      requests_per_second: perSecond(sums.requests),
      inferences: sums.inferences,
      inferences_per_second: perSecond(sums.inferences),
      observations: sums.observations,
      observations_per_second: perSecond(sums.observations),
      errors: Object.fromEntries(interval.errors),
      latency_ms: sums.latency,
      ...totals(workload, tenant),
      models: modelRows(interval, workload, tenant),
      tenants,
      uptime_ms: Math.round(sources.uptimeMs()),
      ready: sources.ready(),
      draining: sources.draining(),
      process: this.process(),
    };
  }

  end(): void {
    this.recording.end();
    this.eventLoop?.end();
  }

  private process(): StatsSample["process"] {
    if (this.eventLoop === undefined) return null;
    const { heapUsed, rss } = this.sources.memory();
    return { event_loop_delay_ms: this.eventLoop.next(), heap_bytes: heapUsed, resident_bytes: rss };
  }
}

function totals({ tenants }: Workload, tenant: string | undefined): Pick<StatsSample, "in_flight" | "queue"> {
  const counted = tenant === undefined ? [...tenants.values()] : [tenants.get(tenant) ?? idle];
  return {
    in_flight: counted.reduce((sum, { inFlight }) => sum + inFlight, 0),
    queue: counted.reduce((sum, { waiting }) => sum + waiting, 0),
  };
}

/**
 * The versions that had requests or batches in the interval, and those that requests wait for. Requests that wait for a
 * version without a row of its own are counted with the others.
 */
function modelRows(
  interval: TrafficInterval,
  { versions }: Workload,
  tenant: string | undefined,
): readonly ModelStats[] {
  const rows = new Map<string, ModelSums>(interval.models);
  const queues = new Map<string, number>();
  for (const [key, version] of versions) {
    const isShown = tenant === undefined || version.waiting.has(tenant);
    if (!isShown) continue;
    const hasOwn = rows.has(key) || rows.size < modelsMax;
    const row = hasOwn ? key : others;
    const { model, version: number } = hasOwn ? version : { model: others, version: "" };
    if (!rows.has(row))
      rows.set(row, { model, version: number, sums: new TrafficSums(), batches: new BatchSums() });
    queues.set(row, (queues.get(row) ?? 0) + queueOf(version, tenant));
  }
  return [...rows].map(([key, sums]) => modelRow(sums, queues.get(key) ?? 0));
}

function queueOf(version: VersionWorkload, tenant: string | undefined): number {
  if (tenant !== undefined) return version.waiting.get(tenant) ?? 0;
  return [...version.waiting.values()].reduce((sum, count) => sum + count, 0);
}

function modelRow({ model, version, sums, batches }: ModelSums, queue: number): ModelStats {
  const { requests, errors, inferences, computeMs, latency } = sums;
  return {
    model,
    version,
    requests,
    errors,
    inferences,
    compute_ms: rounded(computeMs),
    latency_ms: latency,
    queue,
    batch: batches.figures,
  };
}

/**
 * The tenants that had requests in the interval, or have some in flight. What those without a row of their own have in
 * flight is counted with the others.
 */
function tenantRows(
  interval: TrafficInterval,
  { tenants }: Workload,
  tenant: string | undefined,
): readonly TenantStats[] {
  const now = new Map<string, TenantWorkload>([...interval.tenants.keys()].map((name) => [name, idle]));
  if (tenant !== undefined) now.set(tenant, tenants.get(tenant) ?? idle);
  for (const [name, { inFlight, waiting }] of tenant === undefined ? tenants : []) {
    const row = now.has(name) || now.size < tenantsMax ? name : others;
    const before = now.get(row) ?? idle;
    now.set(row, { inFlight: before.inFlight + inFlight, waiting: before.waiting + waiting });
  }
  return [...now].map(([name, workload]) => tenantRow(name, interval.tenants.get(name), workload));
}

function tenantRow(
  tenant: string,
  sums: TrafficSums | undefined,
  { inFlight, waiting }: TenantWorkload,
): TenantStats {
  return {
    tenant,
    requests: sums?.requests ?? 0,
    errors: sums?.errors ?? 0,
    inferences: sums?.inferences ?? 0,
    observations: sums?.observations ?? 0,
    compute_ms: rounded(sums?.computeMs ?? 0),
    bytes_in: sums?.bytesIn ?? 0,
    latency_ms: sums?.latency ?? null,
    in_flight: inFlight,
    waiting,
  };
}

function rounded(ms: number): number {
  return Number(ms.toFixed(3));
}
