/**
 * Connects the parts that models have beside the scheduler: the live repository, the memory budget, the response
 * cache, shadows.
 */
import { join, relative } from "node:path";
import type { Logger } from "pino";
import type { LoadReport, ModelSource } from "../../engines/onnx/model-source.js";
import { niceness } from "../../engines/onnx/proving/niceness.js";
import type { InlineEngine } from "../../engines/pool/inline-engine.js";
import type { Pool } from "../../engines/pool/pool.js";
import { engineKey, type Servable } from "../../engines/servable.js";
import type { TrainerSchema } from "../../engines/training/trainer-schema.js";
import type { ModelExpired, ModelPromoted } from "../../protocol/promotion-frames.js";
import type { PublishedVersion } from "../../protocol/train-frames.js";
import type { Catalog } from "../catalog/catalog.js";
import type { Clock } from "../clock.js";
import type { Config } from "../config/config.js";
import { trustedKeysOf } from "../config/requirements.js";
import type { RepositoryMetrics } from "../observe/repository-metrics.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { Answer } from "../scheduling/queued-request.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import { SignedAdmission, unsignedAdmission, type VersionAdmission } from "./admission.js";
import { InferencePipeline } from "./inference-pipeline.js";
import { InlineModels } from "./inline-models.js";
import { openInline, prepareInline } from "./inline-opener.js";
import { applicationServable, applicationSignatures } from "./kept/application-signatures.js";
import { KeptApplications } from "./kept/kept-applications.js";
import { KeptModelFiles } from "./kept/kept-model-files.js";
import type { KeptModelLimits } from "./kept/kept-model-room.js";
import { KeptModels } from "./kept/kept-models.js";
import { LiveModels } from "./live-models.js";
import { Loader } from "./loader.js";
import { MemoryBudget } from "./memory-budget.js";
import { OnDemandLoader } from "./on-demand-loader.js";
import { Promotions } from "./promotions.js";
import type { Proofs } from "./proofs.js";
import { ModelTurns } from "./published/model-turns.js";
import { PublicationRules } from "./published/publication-rules.js";
import { Publisher } from "./published/publisher.js";
import { ResponseCache } from "./response-cache.js";
import { VersionRetirement } from "./retirement.js";
import { type ShadowOutcome, Shadows } from "./shadows.js";
import type { TrainedModels } from "./trained-models.js";
import { VersionExpiries } from "./version-expiries.js";

export interface ModelServiceDependencies {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly pool: Pool<ModelSource, LoadReport>;
  readonly inline: InlineEngine;
  /** Settles in a later turn of the event loop, for one caller in each turn. */
  readonly nextTurn: () => Promise<void>;
  readonly scheduler: Scheduler;
  readonly metrics: RepositoryMetrics;
  readonly proofs: Proofs;
  readonly accountOf: (tenant: string) => QuotaAccount | undefined;
  /** Called when a version answers requests, after the start. */
  readonly serving: (version: PublishedVersion) => void;
  /** Called when a client has promoted a version or taken that back. */
  readonly promoted: (event: ModelPromoted) => void;
  /** Called once for each version that expires. */
  readonly expired: (event: ModelExpired) => void;
  /** The trainers whose models may be kept. */
  readonly trainers: readonly TrainerSchema[];
}

export class ModelService {
  readonly live: LiveModels;
  readonly path: InferencePipeline<Answer>;
  readonly kept: KeptModels;
  /** What becomes of trained models. */
  readonly trained: TrainedModels;
  readonly promotions: Promotions;
  readonly expiries: VersionExpiries;
  /** The applications of trainers, by which kept models are asked. */
  readonly applications: KeptApplications;
  private readonly budget: MemoryBudget;
  /** Shadows whose first mismatch was logged. */
  private readonly differing = new Set<string>();

  constructor(private readonly parts: ModelServiceDependencies) {
    const { config, log, clock, catalog, pool, scheduler, metrics, proofs } = parts;
    const { engine, repository, scheduling } = config;
    const cache = new ResponseCache<Answer>(clock, {
      hit: (servable) => metrics.cacheHit(servable),
      miss: (servable) => metrics.cacheMissed(servable),
    });
    this.budget = new MemoryBudget(clock, engine.model_memory_bytes, (key) =>
      log.info({ model: key }, "a model was evicted; it is opened again when it is asked"),
    );
    const { budget } = this;
    const onDemand = new OnDemandLoader(clock);
    const shadows = new Shadows(scheduler, clock, {
      compared: (servable, outcome, ms, reason) => this.compared(servable, outcome, ms, reason),
    });
    const forgetAnswers = (servable: Servable) => cache.forget(servable);
    const atOnce = repository.loads_at_once;
    const admission = admissionOf(parts);
    const inline = this.openInlineModels();
    const retirement = new VersionRetirement({
      ...{ clock, pool, inline, scheduler, budget, metrics, forgetAnswers },
    });
    const loader = new Loader({
      ...{ log, clock, pool, inline, metrics, budget, proofs, admission, atOnce },
      nice: niceness.besideRequests,
    });
    const providers = engine.execution_providers ?? null;
    const published = join(config.data, "published");
    const mayBeInline = engine.inline_published || admission.requiresSignature;
    const defaults = {
      timeoutMs: scheduling.default_timeout_ms,
      providers,
      notInline: (folder: string) =>
        mayBeInline || !isWithin(published, folder)
          ? undefined
          : "a client has published it (engine.inline_published)",
    };
    const { load, poll_ms: pollMs, settle_ms: settleMs, ready_ms: readyMs } = repository;
    const { linked_folders: linkedFolders } = repository;
    this.path = new InferencePipeline(cache, onDemand, shadows);
    const serving = (model: string, version: string) => parts.serving({ model, version });
    this.live = new LiveModels(
      { log, clock, catalog, metrics, loader, retirement, onDemand, shadows, defaults, load, serving },
      { folders: [config.models, published], pollMs, settleMs, readyMs, linkedFolders },
    );
    const turns = new ModelTurns();
    this.promotions = new Promotions({ live: this.live, turns, clock, log, promoted: parts.promoted });
    this.expiries = new VersionExpiries({ catalog, clock, log, expired: parts.expired });
    const publisher = publisherOf(parts, this.live, turns, published, admission.requiresSignature);
    const versions = { log, clock, retirement, onDemand };
    // What the gateway itself has trained needs no signature: it is no file that somebody could have changed.
    const ownLoader = new Loader({
      log,
      clock,
      pool,
      inline,
      metrics,
      budget,
      proofs,
      admission: unsignedAdmission,
      atOnce,
      // A client waits for the model: its proof is a part of the training.
      nice: config.training.nice,
    });
    ownLoader.starting = false;
    this.kept = new KeptModels({
      versions: { ...versions, loader: ownLoader },
      files: new KeptModelFiles(join(config.data, "kept-models")),
      limits: keptLimits(config.trained_models),
      timeoutMs: scheduling.default_timeout_ms,
      log,
      accountOf: parts.accountOf,
    });
    this.trained = trainedModelsOf(this.kept, publisher, () => proofs.prepare(config.training.nice));
    this.applications = new KeptApplications(
      this.kept,
      new Set(parts.trainers.map(({ signature }) => signature.name)),
      clock,
    );
    for (const signature of applicationSignatures(parts.trainers))
      catalog.set(applicationServable(signature, scheduling.default_timeout_ms), { kind: "ready" });
    metrics.read({
      modelBytes: () => budget.bytes,
      fileBytes: () => budget.fileBytes,
      cacheBytes: () => cache.bytes,
      modelThreads: () => pool.workers.length,
      expiries: () => this.expiries.remaining(),
    });
  }

  /** Before requests are accepted: loads what computing on the thread of the sockets needs. */
  async prepare(): Promise<void> {
    if (this.parts.config.engine.inline_microseconds > 0) await prepareInline();
  }

  private openInlineModels(): InlineModels {
    const { config, inline: engine, nextTurn, log } = this.parts;
    const runMs = config.engine.inline_microseconds / 1_000;
    return new InlineModels({ engine, budget: this.budget, nextTurn, log, runMs, open: openInline });
  }

  /** Ends the proofs that are under way, and tells of no more versions that expire. */
  async stop(): Promise<void> {
    this.expiries.stop();
    await this.parts.proofs.close();
  }

  /** One of its batches was computed. */
  used(servable: Servable): void {
    if (servable.lane.holdsModels) this.budget.touch(engineKey(servable));
  }

  private compared(servable: Servable, outcome: ShadowOutcome, ms: number, reason: string | undefined): void {
    const { log, metrics } = this.parts;
    const key = engineKey(servable);
    metrics.shadowed(servable, outcome, ms);
    if (reason === undefined) return;
    const logged = this.differing.has(key);
    this.differing.add(key);
    log[logged ? "debug" : "warn"]({ model: key, outcome, reason }, "a shadow differs");
  }
}

function isWithin(folder: string, path: string): boolean {
  return !relative(folder, path).startsWith("..");
}

function publisherOf(
  { config, catalog, proofs, log, clock }: ModelServiceDependencies,
  live: LiveModels,
  turns: ModelTurns,
  folder: string,
  requiresSignature: boolean,
): Publisher {
  const {
    published: modelsMax,
    published_versions: versionsMax,
    published_bytes: bytesMax,
  } = config.trained_models;
  const rules = new PublicationRules({
    folder,
    folderOf: (model) => live.folderOf(model),
    folders: () => live.folders(),
    catalog,
    requiresSignature,
    limits: { modelsMax, versionsMax, bytesMax },
  });
  return new Publisher({
    folder,
    rules,
    live,
    turns,
    proofs,
    versionsMax,
    nice: config.training.nice,
    log,
    clock,
  });
}

function trainedModelsOf(kept: KeptModels, publisher: Publisher, prepare: () => void): TrainedModels {
  return {
    prepare,
    reserve: (request) => kept.reserve(request),
    part: (namespace, handle, from, lengthMax) => kept.part(namespace, handle, from, lengthMax),
    requirePublishable: (publication, principal) => publisher.requirePublishable(publication, principal),
    publish: (request) => publisher.publish(request),
    publishedBy: (model, job) => publisher.publishedBy(model, job),
    upload: (request) => publisher.upload(request),
  };
}

function keptLimits(settings: Config["trained_models"]): KeptModelLimits {
  const { kept: countMax, kept_bytes: bytesMax, kept_total_bytes: totalBytesMax } = settings;
  return { countMax, bytesMax, totalBytesMax };
}

function admissionOf({ config, proofs, metrics, log }: ModelServiceDependencies): VersionAdmission {
  if (!config.repository.require_signed) return unsignedAdmission;
  const trusted = trustedKeysOf(config.repository);
  log.info(
    { key_ids: trusted.map(({ id }) => id) },
    "only versions that are signed by these keys are served",
  );
  return new SignedAdmission({ proofs, metrics, log, trusted, copies: join(config.data, "verified-models") });
}
