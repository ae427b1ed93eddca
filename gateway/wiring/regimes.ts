/** Creates the streams, their journal and the delivery of their events to subscribers. */
import { detectors } from "../../engines/detectors/index.js";
import { Hub } from "../events/hub.js";
import { TopicOwners } from "../events/topic-owner.js";
import type { JournalCapacity } from "../regimes/journal-capacity.js";
import { modelCalls } from "../regimes/model-calls.js";
import { refits } from "../regimes/refits.js";
import { regimeTopics } from "../regimes/regime-topics.js";
import { RegimeStreams } from "../regimes/streams.js";
import { journalLimit } from "./journal-limit.js";
import type { ModelServices } from "./models.js";
import type { CommonServices } from "./options.js";
import type { SchedulingServices } from "./scheduling.js";
import type { StorageServices } from "./storage.js";

export interface RegimeServices {
  readonly streams: RegimeStreams;
  readonly hub: Hub;
  readonly topics: TopicOwners;
  readonly room: JournalCapacity;
}

export function openRegimes(
  common: CommonServices,
  { journal }: StorageServices,
  { catalog, scheduler }: SchedulingServices,
  { inference }: ModelServices,
): RegimeServices {
  const { config, log, logLimit, clock, turns, metrics, quotas } = common;
  const room = journalLimit(journal, config, log, logLimit);
  const hub = new Hub(journal, ({ namespace }) => metrics.published(namespace));
  const streams = new RegimeStreams({
    detectors,
    journal,
    clock,
    countMax: config.regimes.streams,
    accountOf: (tenant) => quotas.of(tenant),
    expiryMs: config.regimes.stream_expiry_ms,
    capacity: room,
    aheadMaxMs: config.regimes.ts_ahead_max_ms,
    oddTimes: ({ name, namespace }, what) =>
      log.warn({ stream: name, namespace }, `a stream is odd: ${what}`),
    fit: refits(catalog, scheduler, log),
    turns,
    models: modelCalls(catalog, (request, principal) => inference.start(request, principal), log, clock, {
      answered: (...figures) => metrics.answered(...figures),
      refused: (...figures) => metrics.refused(...figures),
    }),
    publish: hub.publish,
    unusable: ({ record }, reason) =>
      log.warn({ stream: record.name, namespace: record.namespace, reason }, "a stream cannot be taken up"),
  });
  metrics.read({
    subscriptions: () => hub.subscriptions,
    streams: () => streams.count,
    silentStreams: () => streams.silentCount,
  });
  return { streams, hub, topics: new TopicOwners({ regime: regimeTopics(streams) }), room };
}
