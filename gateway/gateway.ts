/** Wires the rooms together: an explicit catalog, the pool, the scheduler, the regimes, the sockets. */
import { readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import { detectors } from "../engines/detectors/index.js";
import type { Calibration } from "../engines/kernels/index.js";
import type { FitSettings } from "../engines/numerics/fit-host.js";
import { fitLane } from "../engines/numerics/lane.js";
import { modelLane } from "../engines/onnx/lane.js";
import type { ModelSettings } from "../engines/onnx/model-host.js";
import type { LoadReport, ModelSource } from "../engines/onnx/model-source.js";
import { LocalEngine } from "../engines/pool/local-engine.js";
import { Pool, type PoolOptions } from "../engines/pool/pool.js";
import type { WorkerEvents } from "../engines/pool/worker-handle.js";
import { type Servable, servableKey } from "../engines/servable.js";
import { Keys } from "./auth/keys.js";
import { Catalog } from "./catalog/catalog.js";
import { type Clock, systemClock } from "./clock.js";
import { type Config, requireSecrets } from "./config.js";
import { Hub } from "./events/hub.js";
import { TopicOwners } from "./events/topic-owner.js";
import { metricsRoutes } from "./faces/http/metrics-routes.js";
import { httpRoutes } from "./faces/http/routes.js";
import { Webhook } from "./faces/webhooks/webhook.js";
import type { House } from "./faces/websocket/house.js";
import { HttpServer } from "./faces/websocket/http-server.js";
import { SocketServer } from "./faces/websocket/server.js";
import { fitServables, fitSignatures } from "./fits/fit-servables.js";
import { Keeping } from "./fits/keeping.js";
import { KeptFits } from "./fits/kept-fits.js";
import type { AnswerBounds, AnswerStore } from "./idempotency/answer-store.js";
import { Idempotency } from "./idempotency/idempotency.js";
import { openLmdbAnswers } from "./idempotency/open.js";
import { journalLimit } from "./journal-limit.js";
import { ModelRoom } from "./models/model-room.js";
import { openProofs } from "./models/open-proofs.js";
import type { Proofs } from "./models/proofs.js";
import { LogLimit } from "./observe/log-limit.js";
import { Metrics } from "./observe/metrics.js";
import { descriptorsMax, withinDescriptors } from "./process/descriptors.js";
import { fileName, openLmdbLog } from "./regimes/journal/lmdb/open.js";
import type { Journal } from "./regimes/journal.js";
import type { JournalRoom } from "./regimes/journal-room.js";
import { modelAsks } from "./regimes/model-asks.js";
import { refits } from "./regimes/refits.js";
import { regimeTopics } from "./regimes/regime-topics.js";
import { Streams } from "./regimes/streams.js";
import { Descriptions } from "./requests/descriptions.js";
import { ErrorWording } from "./requests/error-wording.js";
import { Inference } from "./requests/inference.js";
import { publicText } from "./requests/public-text.js";
import { Requests } from "./requests/requests.js";
import { fitLimits } from "./scheduling/fit-limits.js";
import type { Answer } from "./scheduling/request.js";
import { Scheduler } from "./scheduling/scheduler.js";
import { keepCalibration, machineName, publicMachine, readCalibration } from "./storage/calibration.js";
import { cannotBeUsed, type Programs, type WatchWriter } from "./storage/data-folder.js";
import { FolderInUse, FolderLock } from "./storage/folder-lock.js";
import { makeFilesPrivate, makePrivate } from "./storage/folder-rights.js";
import { StorageHealth } from "./storage/storage-health.js";
import { TurnBudget } from "./turn-budget.js";

export interface GatewayOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** The folder of the engines' programs. Default: what was built beside this file. */
  readonly enginePrograms?: URL;
  /** A proving process's. Default: built beside its room. */
  readonly provingProgram?: URL;
  /** Those of the journal. Default: built beside theirs. */
  readonly journalPrograms?: Programs;
  /** The environment's settings, which hold the webhooks' secrets. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Connections to an address that only tells metrics. */
const scrapersMax = 64;

const server = `headgate/${version()}`;

export class Gateway {
  private ready = false;
  private stopped: Promise<void> | undefined;
  private readonly catalog = new Catalog();
  private readonly metrics: Metrics;
  private readonly scheduler: Scheduler;
  private readonly models: ModelRoom;
  private readonly streams: Streams;
  private readonly inference: Inference;
  private readonly room: JournalRoom;
  private readonly requests: Requests;
  private readonly webhooks: readonly Webhook[];
  private readonly sockets: SocketServer;
  /** `/metrics` at an address of its own. */
  private readonly exposition: HttpServer | undefined;
  private readonly clock: Clock;
  private readonly turns: TurnBudget;
  readonly modelPool: Pool<ModelSource, LoadReport>;
  readonly engine: LocalEngine;
  private readonly machine = machineName();
  private calibration: Calibration | null;

  /**
   * Takes the data folder and restores what is in it.
   * @throws FolderInUse or DataFolderError naming the folder and what to do
   */
  static async open(options: GatewayOptions): Promise<Gateway> {
    const { config, clock = systemClock, journalPrograms } = options;
    requireSecrets(config, options.environment ?? {});
    const { topic_events: countMax, event_age_ms: ageMaxMs } = config.regimes;
    const { wide, lock } = await takeFolder(config.data);
    const health = storageHealth(clock, options.log);
    const watch: WatchWriter = (file, writer) => health.watch(file, writer);
    try {
      const proofs = await openProofs(options);
      const journal = await openLmdbLog(config.data, clock, { countMax, ageMaxMs }, journalPrograms, watch);
      try {
        const bounds = boundsOf(config);
        const answers = await openLmdbAnswers<Answer>(config.data, clock, bounds, journalPrograms, watch);
        for (const warning of [...wide, ...makeFilesPrivate(config.data)]) options.log.warn(warning);
        return new Gateway(options, journal, answers, health, proofs, lock);
      } catch (error) {
        await journal.close();
        throw error;
      }
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(
    private readonly options: GatewayOptions,
    private readonly journal: Journal,
    private readonly answers: AnswerStore<Answer>,
    private readonly health: StorageHealth,
    proofs: Proofs,
    private readonly lock: FolderLock,
  ) {
    const { config, log } = options;
    this.clock = options.clock ?? systemClock;
    const { clock } = this;
    this.turns = new TurnBudget(clock);
    this.calibration = readCalibration(config.data, this.machine);
    this.modelPool = this.createModelPool();
    this.engine = new LocalEngine([this.modelPool, this.createFitPool()]);
    const heard = {
      batch: (servable: Servable, rows: number, computeMs: number) => {
        this.metrics.computed(servable, rows, computeMs);
        this.models.used(servable);
      },
      failed: (servable: Servable, error: unknown) =>
        log.warn({ model: servable.signature.name, err: error }, "a batch failed"),
    };
    this.scheduler = new Scheduler(this.engine, clock, heard, fitLimits(config));
    this.addFits();
    const logLimit = new LogLimit(clock);
    this.room = journalLimit(journal, config, log, logLimit);
    const { streams, stream_expiry_ms } = config.regimes;
    const hub = new Hub(journal, ({ namespace }) => this.metrics.published(namespace));
    this.streams = new Streams({
      detectors,
      journal,
      clock,
      countMax: streams,
      expiryMs: stream_expiry_ms,
      room: this.room,
      aheadMaxMs: config.regimes.ts_ahead_max_ms,
      odd: ({ name, namespace }, what) => log.warn({ stream: name, namespace }, `a stream is odd: ${what}`),
      fit: refits(this.catalog, this.scheduler, log),
      turns: this.turns,
      models: modelAsks(
        this.catalog,
        (request, principal) => this.inference.start(request, principal),
        log,
        clock,
        {
          answered: (...told) => this.metrics.answered(...told),
          refused: (...told) => this.metrics.refused(...told),
        },
      ),
      tell: hub.tell,
      unusable: ({ record }, reason) =>
        log.warn({ stream: record.name, namespace: record.namespace, reason }, "a stream cannot be taken up"),
    });
    this.metrics = new Metrics({
      sockets: {
        connections: () => this.sockets.acceptedCount,
        unauthenticated: () => this.sockets.unauthenticatedCount,
        http: () => this.sockets.httpCount,
      },
      subscriptions: () => hub.subscriptions,
      streams: () => this.streams.count,
      ready: () => this.unready === undefined,
      pending: (key) => this.scheduler.pendingOf(key),
    });
    this.metrics.storage.read(() =>
      health.figures.map((figures) => ({
        ...figures,
        bytes: fileBytes(join(config.data, figures.file)),
        usedBytes: figures.file === fileName ? journal.usedBytes : undefined,
      })),
    );
    this.models = new ModelRoom({
      config,
      log,
      clock,
      catalog: this.catalog,
      pool: this.modelPool,
      scheduler: this.scheduler,
      metrics: this.metrics.repository,
      proofs,
    });
    const idempotency = new Idempotency<Answer>(answers, (error) =>
      logLimit.tell("answer not kept", (times) =>
        log.warn({ err: error, times }, "an answer under a key could not be kept, and was not sent"),
      ),
    );
    const { kept, kept_bytes } = config.fits;
    const keeping = new Keeping(new KeptFits(clock, { countMax: kept, bytesMax: kept_bytes }), fitSignatures);
    this.inference = new Inference(
      this.catalog,
      this.scheduler,
      idempotency,
      keeping,
      clock,
      this.models.path,
    );
    const machineId = publicMachine(this.machine, journal.epoch);
    const wording = publicText(config);
    this.requests = new Requests({
      clock,
      inference: this.inference,
      descriptions: new Descriptions(
        this.catalog,
        detectors,
        () => this.calibration && { machine: machineId, backends: this.calibration.backends },
        wording,
      ),
      streams: this.streams,
      journal,
      turns: this.turns,
      figures: this.metrics,
      wording: new ErrorWording(wording, log),
    });
    const house: House = {
      server,
      config: { ...config, limits: withinDescriptors(config.limits, descriptorsMax(), log) },
      clock,
      turns: this.turns,
      intake: new TurnBudget(clock),
      log,
      logLimit,
      metrics: this.metrics,
      keys: new Keys(config),
      requests: this.requests,
      hub,
      topics: new TopicOwners({ regime: regimeTopics(this.streams) }),
    };
    this.webhooks = config.webhooks.map(
      (webhook) =>
        new Webhook(webhook, options.environment?.[webhook.secret_env] ?? "", {
          events: journal,
          hub,
          clock,
          log,
          delivery: (name, outcome) => this.metrics.webhook(name, outcome),
        }),
    );
    const scrape = async () => ({
      contentType: this.metrics.contentType,
      body: await this.metrics.scrape(),
    });
    const metrics = metricsRoutes(scrape, config.metrics.sha256, clock);
    const apart = config.metrics.port !== undefined;
    if (apart) this.exposition = new HttpServer(house, metrics, scrapersMax);
    this.sockets = new SocketServer(
      house,
      httpRoutes({ unready: () => this.unready, metrics: apart ? undefined : metrics }),
    );
  }

  /** Why it takes no requests that it could keep, in words that may be told; undefined when it does. */
  private get unready(): string | undefined {
    return this.ready ? (this.health.trouble ?? this.room.trouble) : "";
  }

  /** Listens, loads the models, then is ready. @throws when the port or the model folder cannot be had */
  async start(): Promise<AddressInfo> {
    const { config, log } = this.options;
    const address = await this.sockets.listen(config.host, config.port);
    log.info({ host: address.address, port: address.port, version: server }, "listening");
    if (this.exposition !== undefined) {
      const { address: host, port } = await this.exposition.listen(
        config.metrics.host,
        config.metrics.port ?? 0,
      );
      log.info({ host, port }, "metrics listening");
    }
    await this.models.live.start();
    this.ready = true;
    this.sockets.serve();
    for (const webhook of this.webhooks) webhook.start();
    const served = this.catalog.all().filter(({ state }) => state.kind === "ready");
    log.info({ models: served.map(({ servable }) => servableKey(servable.signature)) }, "ready");
    return address;
  }

  /** Refuses what is new, finishes what is in flight, tells clients to leave, ends. Once. */
  stop(): Promise<void> {
    this.stopped ??= this.drainAndClose();
    return this.stopped;
  }

  private async drainAndClose(): Promise<void> {
    const { config, log } = this.options;
    this.ready = false;
    this.models.live.stop();
    log.info({ in_flight: this.inFlight, deadline_ms: config.drain.deadline_ms }, "draining");
    this.requests.drain();
    this.sockets.drain();
    const until = this.clock.now() + config.drain.deadline_ms;
    while (this.inFlight > 0 && this.clock.now() < until)
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
    this.scheduler.refuseAll("the gateway is going away");
    await new Promise<void>((resolve) => setImmediate(resolve)); // the answers leave first
    await this.sockets.close();
    await this.exposition?.close(0, () => {});
    await this.streams.stop();
    await Promise.all(this.webhooks.map((webhook) => webhook.stop()));
    await this.models.stop();
    await this.engine.close();
    await this.journal.close();
    await this.answers.close();
    await this.lock.release();
    log.info("stopped");
  }

  /** Requests without an answer, or with one that is still being written. */
  private get inFlight(): number {
    return Math.max(this.requests.inFlight, this.sockets.inFlight);
  }

  private createModelPool(): Pool<ModelSource, LoadReport> {
    const { engine } = this.options.config;
    const options: PoolOptions<ModelSettings> = {
      lane: modelLane,
      programs: this.enginePrograms,
      settings: { intraOpThreads: engine.intra_op_threads },
      workers: engine.model_workers,
      workersMax: engine.model_threads_max ?? engine.model_workers + 4,
      busyPollMs: engine.busy_poll_microseconds / 1_000,
      events: { ...this.workerEvents(), learned: () => {} },
    };
    return new Pool(options);
  }

  private createFitPool(): Pool {
    const { workers } = fitLimits(this.options.config);
    const options: PoolOptions<FitSettings> = {
      lane: fitLane,
      programs: this.enginePrograms,
      settings: { calibration: this.calibration },
      workers,
      workersMax: workers,
      busyPollMs: 0,
      events: {
        ...this.workerEvents(),
        learned: ({ calibration }) => calibration !== null && this.calibrated(calibration),
      },
    };
    return new Pool(options);
  }

  private get enginePrograms(): URL {
    return this.options.enginePrograms ?? new URL("../engines/", import.meta.url);
  }

  /** What every lane's workers tell. */
  private workerEvents(): Omit<WorkerEvents, "learned"> {
    const { log } = this.options;
    return {
      idle: () => this.scheduler.schedule(),
      died: ({ lane: { name: lane }, index }, reason, lost, restartInMs) => {
        this.metrics.workerDied(lane);
        log.error({ lane, worker: index, reason, lost, restart_in_ms: restartInMs }, "a worker died");
      },
      lost: ({ lane: { name: lane }, index }, key, reason) => {
        const what = { lane, worker: index, model: key, reason };
        log.error(what, "a model did not open again after a restart");
        if (!this.modelPool.holds(key)) this.models.live.lost(key, reason);
      },
      fallback: ({ lane: { name: lane }, index }, message) => {
        this.metrics.kernelFellBack();
        log.warn({ lane, worker: index, message }, "a kernel fell back");
      },
    };
  }

  private calibrated(calibration: Calibration): void {
    const { config, log } = this.options;
    this.calibration = calibration;
    log.info({ machine: this.machine }, "kernels calibrated");
    try {
      keepCalibration(config.data, this.machine, calibration);
    } catch (error) {
      log.warn(
        { err: error, data: config.data },
        "the calibration cannot be kept; it is measured at each start",
      );
    }
  }

  private addFits(): void {
    const { default_timeout_ms, fit_queue_size } = this.options.config.scheduling;
    const queues = { maxQueueSize: fit_queue_size, defaultTimeoutMs: default_timeout_ms };
    for (const servable of fitServables(queues)) this.catalog.set(servable, { kind: "ready" });
  }
}

function storageHealth(clock: Clock, log: Logger): StorageHealth {
  return new StorageHealth(clock, {
    failed: (file, { reason, advice }, error) =>
      log.error({ file, err: error }, `the data folder cannot be written: ${reason}. ${advice}`),
    recovered: (file) => log.info({ file }, "the data folder can be written again"),
  });
}

/** 0 where it is gone. */
function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @throws FolderInUse, or DataFolderError with what helps where the disk refuses */
async function takeFolder(folder: string): Promise<{ wide: readonly string[]; lock: FolderLock }> {
  try {
    const wide = makePrivate(folder);
    return { wide, lock: await FolderLock.take(folder) };
  } catch (error) {
    if (error instanceof FolderInUse) throw error;
    throw cannotBeUsed(folder, error, "Give the gateway a folder that it can write (--data).");
  }
}

function boundsOf({ scheduling }: Config): AnswerBounds {
  const { idempotency_window_ms, idempotency_answers, idempotency_bytes } = scheduling;
  return { ageMaxMs: idempotency_window_ms, countMax: idempotency_answers, bytesMax: idempotency_bytes };
}

function version(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const { version: found } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
        version: string;
      };
      return found;
    } catch {}
  }
  return "0.0.0";
}
