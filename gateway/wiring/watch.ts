/** Creates what can be watched, over the parts of the gateway that have the figures. */

import type { RequestService } from "../requests/request-service.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import { eventLoopDelays } from "../watch/stats/event-loop-delays.js";
import { statsTopic } from "../watch/stats/stats-topic.js";
import { TrafficRecorder } from "../watch/stats/traffic-recorder.js";
import { WatchHub } from "../watch/watch-hub.js";
import type { CommonServices } from "./options.js";

export interface WatchSources {
  readonly scheduler: Pick<Scheduler, "workload">;
  readonly requests: Pick<RequestService, "lifecycle">;
  readonly ready: () => boolean;
}

export function openWatches(
  {
    clock,
    turns,
    traffic,
    log,
    logLimit,
  }: Pick<CommonServices, "clock" | "turns" | "traffic" | "log" | "logLimit">,
  { scheduler, requests, ready }: WatchSources,
): WatchHub {
  const startedAt = clock.now();
  const stats = statsTopic({
    recorder: new TrafficRecorder(traffic),
    workload: () => scheduler.workload(),
    ready,
    draining: () => requests.lifecycle.draining,
    uptimeMs: () => clock.now() - startedAt,
    memory: () => process.memoryUsage(),
    eventLoop: eventLoopDelays,
  });
  return new WatchHub({
    topics: { "gateway.stats": stats },
    clock,
    turns,
    failed: (topic, error) =>
      logLimit.report(`sample of ${topic}`, (count) =>
        log.error({ topic, err: error, count }, "a sample could not be collected, and was skipped"),
      ),
  });
}
