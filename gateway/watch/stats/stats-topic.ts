/** The topic `gateway.stats`: rates, latencies, queues and errors of the last interval, by model and by tenant. */
import type { ModelStats, StatsSample, TenantStats } from "../../../protocol/samples.js";
import type { Principal } from "../../auth/principal.js";
import type { TenantWorkload, VersionWorkload, Workload } from "../../scheduling/workload.js";
import { type Collector, seesAll, type WatchedTopic, type WatchView } from "../watched-topic.js";
import type { EventLoopDelays } from "./event-loop-delays.js";
import { statsSchema } from "./stats-schema.js";
import { BatchSums, TrafficSums } from "./traffic-figures.js";
import { type ModelSums, modelsMax, type TrafficInterval, tenantsMax } from "./traffic-interval.js";
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

  sample(elapsedMs: number): StatsSample {
    const { sources, tenant } = this;
    const interval = this.recording.next();
    const workload = sources.workload();
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

/** The versions that had requests or batches in the interval, and those that requests wait for. */
function modelRows(
  interval: TrafficInterval,
  { versions }: Workload,
  tenant: string | undefined,
): readonly ModelStats[] {
  const rows = new Map<string, ModelSums>(interval.models);
  for (const [key, { model, version, waiting }] of versions) {
    const isShown = tenant === undefined || waiting.has(tenant);
    if (!isShown || rows.has(key) || rows.size >= modelsMax) continue;
    rows.set(key, { model, version, sums: new TrafficSums(), batches: new BatchSums() });
  }
  return [...rows].map(([key, sums]) => modelRow(sums, queueOf(versions.get(key), tenant)));
}

function queueOf(version: VersionWorkload | undefined, tenant: string | undefined): number {
  if (version === undefined) return 0;
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

/** The tenants that had requests in the interval, or have some in flight. */
function tenantRows(
  interval: TrafficInterval,
  { tenants }: Workload,
  tenant: string | undefined,
): readonly TenantStats[] {
  const names = new Set(interval.tenants.keys());
  for (const name of tenants.keys())
    if ((tenant === undefined || name === tenant) && names.size < tenantsMax) names.add(name);
  if (tenant !== undefined) names.add(tenant);
  return [...names].map((name) => tenantRow(name, interval.tenants.get(name), tenants.get(name) ?? idle));
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
