/** Creates the streams, their journal and the delivery of their events to subscribers. */
import { detectors } from "../../engines/detectors/index.js";
import type { Principal } from "../auth/principal.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import { Hub } from "../events/hub.js";
import { TopicOwners } from "../events/topic-owner.js";
import type { JournalCapacity } from "../regimes/journal-capacity.js";
import { type ModelCallFigures, type ModelCallPayer, modelCalls } from "../regimes/model-calls.js";
import { refits } from "../regimes/refits.js";
import { regimeTopics } from "../regimes/regime-topics.js";
import { RegimeStreams } from "../regimes/streams.js";
import { StreamWindows } from "../requests/stream-windows.js";
import type { ComputeMeter } from "../scheduling/queued-request.js";
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
  { inference, references }: ModelServices,
): RegimeServices {
  const { config, log, logLimit, clock, turns, metrics, quotas } = common;
  const room = journalLimit(journal, config, log, logLimit);
  const hub = new Hub(journal, ({ namespace }) => metrics.published(namespace));
  const call = (request: InferenceRequest, principal: Principal, meter: ComputeMeter | undefined) =>
    inference.start(request, principal, undefined, meter);
  const figures: ModelCallFigures = {
    answered: (...answered) => metrics.answered(...answered),
    refused: (...refused) => metrics.refused(...refused),
  };
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
    modelsOf: (tenant) => modelCalls(catalog, call, log, clock, figures, payerOf(tenant, common)),
    publish: hub.publish,
    unusable: ({ record }, reason) =>
      log.warn({ stream: record.name, namespace: record.namespace, reason }, "a stream cannot be taken up"),
  });
  references.readStreams(new StreamWindows(streams, journal, turns));
  metrics.read({
    subscriptions: () => hub.subscriptions,
    streams: () => streams.count,
    silentStreams: () => streams.silentCount,
  });
  return { streams, hub, topics: new TopicOwners().add("regime", regimeTopics(streams)), room };
}

/** Streams of an earlier gateway have no tenant, and their models' compute time is charged to nobody. */
function payerOf(
  tenant: string | undefined,
  { config, quotas }: Pick<CommonServices, "config" | "quotas">,
): ModelCallPayer | undefined {
  if (tenant === undefined) return undefined;
  return { tenant, weight: config.tenants[tenant]?.weight ?? 1, account: () => quotas.of(tenant) };
}
