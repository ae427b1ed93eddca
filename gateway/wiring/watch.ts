/** Creates what can be watched, over the parts of the gateway that have the figures. */
import type { Catalog } from "../catalog/catalog.js";
import type { RegimeStreams } from "../regimes/streams.js";
import { publicText } from "../requests/public-text.js";
import type { RequestService } from "../requests/request-service.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import { type ConnectionsSources, connectionsTopic } from "../watch/connections/connections-topic.js";
import { modelsTopic } from "../watch/models/models-topic.js";
import { eventLoopDelays } from "../watch/stats/event-loop-delays.js";
import { statsTopic } from "../watch/stats/stats-topic.js";
import { TrafficRecorder } from "../watch/stats/traffic-recorder.js";
import { streamsTopic } from "../watch/streams/streams-topic.js";
import { WatchHub } from "../watch/watch-hub.js";
import type { WatchedTopics } from "../watch/watched-topic.js";
import { type WorkersSources, workersTopic } from "../watch/workers/workers-topic.js";
import type { CommonServices } from "./options.js";

export interface WatchSources {
  readonly scheduler: Pick<Scheduler, "workload">;
  readonly requests: Pick<RequestService, "lifecycle">;
  readonly ready: () => boolean;
  readonly workers: WorkersSources["workers"];
  readonly connections: ConnectionsSources["connections"];
  readonly catalog: Catalog;
  readonly streams: RegimeStreams;
}

type WatchServices = Pick<
  CommonServices,
  "config" | "clock" | "turns" | "traffic" | "metrics" | "log" | "logLimit"
>;

export function openWatches(common: WatchServices, sources: WatchSources): WatchHub {
  const { clock, turns, log, logLimit } = common;
  return new WatchHub({
    topics: topicsOf(common, sources),
    clock,
    turns,
    failed: (topic, error) =>
      logLimit.report(`sample of ${topic}`, (count) =>
        log.error({ topic, err: error, count }, "a sample could not be collected, and was skipped"),
      ),
  });
}

function topicsOf(
  { config, clock, traffic, metrics }: WatchServices,
  { scheduler, requests, ready, workers, connections, catalog, streams }: WatchSources,
): WatchedTopics {
  const startedAt = clock.now();
  const workload = () => scheduler.workload();
  return {
    "gateway.stats": statsTopic({
      recorder: new TrafficRecorder(traffic),
      workload,
      ready,
      draining: () => requests.lifecycle.draining,
      uptimeMs: () => clock.now() - startedAt,
      memory: () => process.memoryUsage(),
      eventLoop: eventLoopDelays,
    }),
    "gateway.workers": workersTopic({
      workers,
      workload,
      now: () => performance.now(),
      residentBytes: () => process.memoryUsage.rss(),
    }),
    "gateway.connections": connectionsTopic({ connections }),
    "gateway.models": modelsTopic({
      catalog,
      requiresSignature: config.repository.require_signed,
      publicText: publicText(config),
      statistics: () => metrics.statistics(),
    }),
    "gateway.streams": streamsTopic(streams),
  };
}
