/** Connects the models with the path of an inference request, from its arrival to its answer. */

import { trainerSchemas } from "../../engines/training/schemas/index.js";
import type { ModelExpired, ModelPromoted } from "../../protocol/promotion-frames.js";
import type { PublishedVersion } from "../../protocol/train-frames.js";
import { RowCopies } from "../datasets/row-copies.js";
import { FitHandles } from "../fits/fit-handles.js";
import { fitSignatures } from "../fits/fit-servables.js";
import { KeptFits } from "../fits/kept-fits.js";
import { Idempotency } from "../idempotency/idempotency.js";
import { ModelService } from "../models/model-service.js";
import { Inference } from "../requests/inference.js";
import { InputReferences } from "../requests/input-references.js";
import type { Answer } from "../scheduling/queued-request.js";
import type { EngineServices } from "./engines.js";
import type { CommonServices } from "./options.js";
import type { SchedulingServices } from "./scheduling.js";
import { Signal } from "./signal.js";
import type { StorageServices } from "./storage.js";

export interface ModelServices {
  readonly models: ModelService;
  readonly inference: Inference;
  readonly references: InputReferences;
  /** Emitted when a version answers requests, after the start. */
  readonly serving: Signal<PublishedVersion>;
  /** Emitted when a client has promoted a version or taken that back. */
  readonly promoted: Signal<ModelPromoted>;
  /** Emitted when a version has expired. */
  readonly expired: Signal<ModelExpired>;
  readonly idempotency: Idempotency<Answer>;
}

export function openModels(
  common: CommonServices,
  { proofs, answers, datasets }: StorageServices,
  { modelPool: pool, inline, lost }: EngineServices,
  { catalog, scheduler, used }: SchedulingServices,
): ModelServices {
  const { config, log, logLimit, clock, turns, metrics, quotas } = common;
  const { repository } = metrics;
  const serving: ModelServices["serving"] = new Signal();
  const promoted: ModelServices["promoted"] = new Signal();
  const expired: ModelServices["expired"] = new Signal();
  const models = new ModelService({
    config,
    log,
    clock,
    catalog,
    pool,
    inline,
    nextTurn: () => turns.next(),
    scheduler,
    metrics: repository,
    proofs,
    accountOf: (tenant) => quotas.of(tenant),
    serving: serving.emit,
    promoted: promoted.emit,
    expired: expired.emit,
    trainers: trainerSchemas,
  });
  used.listen((servable) => models.used(servable));
  lost.listen(({ key, reason }) => {
    if (pool.holds(key)) return;
    models.live.lost(key, reason);
    models.kept.lost(key);
  });
  const idempotency = new Idempotency<Answer>(answers, (error) =>
    logLimit.report("answer not kept", (times) =>
      log.warn({ err: error, times }, "an answer under a key could not be kept, and was not sent"),
    ),
  );
  const { kept: countMax, kept_bytes: bytesMax } = config.fits;
  const keeping = new FitHandles(new KeptFits(clock, { countMax, bytesMax }), fitSignatures);
  const copies = new RowCopies(config.datasets.copied_bytes);
  const references = new InputReferences(datasets, copies);
  metrics.datasets.read(() => ({
    ...datasets.counts,
    count: datasets.count,
    bytes: datasets.bytes.kept,
    residentBytes: datasets.bytes.resident,
    copiedBytes: copies.bytes,
  }));
  const inference = new Inference(
    catalog,
    scheduler,
    idempotency,
    keeping,
    clock,
    models.path,
    references,
    models.applications,
  );
  return { models, inference, references, idempotency, serving, promoted, expired };
}
