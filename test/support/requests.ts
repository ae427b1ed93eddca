/**
 * Everything that requests need, without WebSocket or HTTP, threads or waiting: the test controls time and compute.
 */
import { type Logger, pino } from "pino";
import type { Servable, Signature } from "../../engines/servable.js";
import { everyTopic, type Principal } from "../../gateway/auth/principal.js";
import { allScopes } from "../../gateway/auth/scopes.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import type { Config } from "../../gateway/config/config.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { Datasets } from "../../gateway/datasets/datasets.js";
import { MemoryDatasets } from "../../gateway/datasets/memory-datasets.js";
import { RowCopies } from "../../gateway/datasets/row-copies.js";
import { Hub } from "../../gateway/events/hub.js";
import { FitHandles } from "../../gateway/fits/fit-handles.js";
import { KeptFits } from "../../gateway/fits/kept-fits.js";
import { Idempotency } from "../../gateway/idempotency/idempotency.js";
import { MemoryAnswers } from "../../gateway/idempotency/memory-answers.js";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { TrafficTap } from "../../gateway/observe/traffic.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { Descriptions } from "../../gateway/requests/descriptions.js";
import { ErrorWording } from "../../gateway/requests/error-wording.js";
import { Inference } from "../../gateway/requests/inference.js";
import { InputReferences } from "../../gateway/requests/input-references.js";
import { ModelAdministration } from "../../gateway/requests/model-administration.js";
import { publicText } from "../../gateway/requests/public-text.js";
import { RequestLog } from "../../gateway/requests/request-log.js";
import { RequestService } from "../../gateway/requests/request-service.js";
import { StreamWindows } from "../../gateway/requests/stream-windows.js";
import type { Answer } from "../../gateway/scheduling/queued-request.js";
import { Scheduler } from "../../gateway/scheduling/scheduler.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { datasetLimits } from "../../gateway/wiring/datasets.js";
import { openQuotas } from "../../gateway/wiring/quotas.js";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import { FakeClock } from "./clock.js";
import { byModel, openly } from "./detectors.js";
import { ScriptedEngine } from "./engine.js";
import { noModels } from "./models.js";
import { fitting, model } from "./servables.js";
import { testTraining } from "./training.js";

export const anybody: Principal = {
  tenant: "desk",
  namespace: "default",
  weight: 1,
  expiresAt: Number.POSITIVE_INFINITY,
  subject: "anonymous",
  scopes: allScopes,
  topics: everyTopic,
};

function promotionOf(
  action: PromotionRecord["action"],
  administered: string[],
  name: string,
  to: string,
): PromotionRecord {
  administered.push(`${action} ${name}`);
  return {
    action,
    ts: 0,
    by: "test",
    reason: null,
    from: "1",
    to,
    traffic: 1,
    alias: null,
    alias_from: null,
  };
}

export type TestRequests = ReturnType<typeof testRequests>;

export function testRequests(
  overrides: Record<string, unknown> = {},
  servables: readonly Servable[] = [model(), fitting()],
  log: Logger = pino({ level: "silent" }),
  workers = 1,
  path?: ConstructorParameters<typeof Inference>[5],
  trainers: readonly Signature[] = [],
) {
  const config: Config = parseConfig({ log_level: "silent", ...overrides });
  const clock = new FakeClock();
  const engine = new ScriptedEngine(workers, () => clock.now());
  const catalog = new Catalog(clock);
  for (const servable of servables) catalog.set(servable, { kind: "ready" });
  const traffic = new TrafficTap();
  const scheduler = new Scheduler(engine, clock, {
    batch: (servable, rows, computeMs, parts) => traffic.listener?.computed(servable, rows, computeMs, parts),
    failed: () => {},
  });
  engine.idle = scheduler.schedule;
  const { topic_events, event_age_ms, streams: countMax, stream_expiry_ms } = config.regimes;
  const journal = new MemoryJournal(clock, { countMax: topic_events, ageMaxMs: event_age_ms });
  const hub = new Hub(journal, () => {});
  const turns = new TurnBudget(clock);
  const metrics = new Metrics();
  const logLimit = new LogLimit(clock);
  const quotas = openQuotas(
    { config, clock, metrics, traffic, turns, log, logLimit },
    config.auth.keys.length > 0,
  );
  const accountOf = (tenant: string) => quotas.of(tenant);
  const streams = new RegimeStreams({
    detectors: [openly, byModel],
    journal,
    clock,
    countMax,
    accountOf,
    expiryMs: stream_expiry_ms,
    fit: async () => undefined,
    turns,
    modelsOf: () => noModels,
    publish: hub.publish,
  });
  const administered: string[] = [];
  const repository = {
    load: async (name: string) => void administered.push(`load ${name}`),
    unload: async (name: string) => void administered.push(`unload ${name}`),
  };
  const datasets = new Datasets({
    store: new MemoryDatasets(),
    clock,
    turns,
    limits: datasetLimits(config.datasets),
    accountOf,
  });
  const references = new InputReferences(datasets, new RowCopies(config.datasets.copied_bytes));
  references.readStreams(new StreamWindows(streams, journal, turns));
  const idempotency = new Idempotency<Answer>(
    new MemoryAnswers(clock, { countMax: 100, bytesMax: 1e9, ageMaxMs: 60_000 }, () => 1, accountOf),
    () => {},
  );
  const inference = new Inference(
    catalog,
    scheduler,
    idempotency,
    new FitHandles(
      new KeptFits(clock, { countMax: 100, bytesMax: 1_000_000 }),
      servables.map(({ signature }) => signature),
    ),
    clock,
    path,
    references,
  );
  const parts = { config, clock, catalog, datasets, references, idempotency, turns, journal, hub, quotas };
  const training = testTraining(parts, trainers);
  const requests = new RequestService({
    clock,
    inference,
    datasets,
    descriptions: new Descriptions(
      catalog,
      [openly],
      () => null,
      publicText(config),
      () => training.trainers.refresh(),
    ),
    administration: new ModelAdministration(repository, clock, log, metrics.repository),
    promotions: {
      promote: async ({ model: name, version }) => promotionOf("promote", administered, name, version),
      rollback: async ({ model: name }) => promotionOf("rollback", administered, name, "1"),
    },
    streams,
    journal,
    turns,
    figures: metrics,
    traffic,
    quotas,
    training: training.parts,
    scheduling: training.scheduling,
    wording: new ErrorWording(publicText(config), log),
    requestLog: RequestLog.of(log),
  });
  return {
    administered,
    catalog,
    config,
    clock,
    engine,
    scheduler,
    journal,
    hub,
    turns,
    streams,
    datasets,
    training,
    metrics,
    traffic,
    quotas,
    inference,
    requests,
    log,
  };
}
