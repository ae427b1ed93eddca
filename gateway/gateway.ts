/** The whole gateway: creates its parts in the order of their dependencies, starts and stops them. */
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { servableKey } from "../engines/servable.js";
import type { Authenticators } from "./auth/authenticators.js";
import { requireCertificates, requireSecrets, trustedKeysOf } from "./config/requirements.js";
import type { RequestService } from "./requests/request-service.js";
import type { ServerTls } from "./tls/server-tls.js";
import { openAuthentication } from "./wiring/authentication.js";
import { type EngineServices, startEngines } from "./wiring/engines.js";
import { type FaceServices, openFaces } from "./wiring/faces.js";
import { type ModelServices, openModels } from "./wiring/models.js";
import { basicServices, type CommonServices, type GatewayOptions } from "./wiring/options.js";
import { openQuotas } from "./wiring/quotas.js";
import { openRegimes, type RegimeServices } from "./wiring/regimes.js";
import { openRequests } from "./wiring/requests.js";
import { openScheduling, type SchedulingServices } from "./wiring/scheduling.js";
import { openStorage, type StorageServices } from "./wiring/storage.js";
import { openTls } from "./wiring/tls.js";
import { openTraining, type TrainingServices } from "./wiring/training.js";

export type { GatewayOptions };

const server = `headgate/${version()}`;

export class Gateway {
  private stopped: Promise<void> | undefined;

  private constructor(
    private readonly common: CommonServices,
    private readonly storage: StorageServices,
    private readonly engines: EngineServices,
    private readonly scheduling: SchedulingServices,
    private readonly models: ModelServices,
    private readonly regimes: RegimeServices,
    private readonly training: TrainingServices,
    private readonly requests: RequestService,
    private readonly authenticators: Authenticators,
    private readonly faces: FaceServices,
    private readonly tls: ServerTls | undefined,
  ) {}

  /**
   * Locks the data folder and restores the streams and answers stored in it.
   * @throws FolderInUseError or DataFolderError, with the folder and what to do
   * @throws ConfigError when the TLS files, a webhook's secret or a trusted key cannot be used
   */
  static async open(options: GatewayOptions): Promise<Gateway> {
    requireSecrets(options.config, options.environment ?? {});
    trustedKeysOf(options.config.repository);
    requireCertificates(options.config);
    const basic = basicServices(options);
    const authenticators = openAuthentication(basic);
    try {
      const common = { ...basic, quotas: openQuotas(basic, !authenticators.open) };
      return await Gateway.openParts(common, options, authenticators);
    } catch (error) {
      await authenticators.close();
      throw error;
    }
  }

  private static async openParts(
    common: CommonServices,
    options: GatewayOptions,
    authenticators: Authenticators,
  ): Promise<Gateway> {
    const tls = await openTls(common);
    const storage = await openStorage(common, options);
    try {
      const engines = startEngines(common, options);
      const scheduling = openScheduling(common, engines);
      const models = openModels(common, storage, engines, scheduling);
      const regimes = openRegimes(common, storage, scheduling, models);
      const training = openTraining(common, options, storage, scheduling, models, regimes);
      const requests = openRequests(common, storage, engines, scheduling, models, regimes, training);
      const faces = openFaces(
        server,
        common,
        options,
        storage,
        engines,
        scheduling,
        regimes,
        requests,
        authenticators,
        tls,
      );
      return new Gateway(
        common,
        storage,
        engines,
        scheduling,
        models,
        regimes,
        training,
        requests,
        authenticators,
        faces,
        tls,
      );
    } catch (error) {
      tls?.close();
      await storage.close();
      throw error;
    }
  }

  get modelPool(): EngineServices["modelPool"] {
    return this.engines.modelPool;
  }

  get engine(): EngineServices["engine"] {
    return this.engines.engine;
  }

  /**
   * Listens, loads the models, and then accepts requests.
   * @throws when the port is in use or the model folder cannot be read
   */
  async start(): Promise<AddressInfo> {
    const { config, log } = this.common;
    const { sockets, exposition, webhooks, readiness } = this.faces;
    const address = await sockets.listen(config.host, config.port);
    log.info(
      { host: address.address, port: address.port, tls: config.tls !== undefined, version: server },
      "listening",
    );
    if (exposition !== undefined) {
      const { address: host, port } = await exposition.listen(config.metrics.host, config.metrics.port ?? 0);
      log.info({ host, port }, "metrics listening");
    }
    const { models } = this.models;
    await Promise.all([models.prepare(), models.live.start(), this.authenticators.start()]);
    this.training.jobs.start();
    this.training.schedules.start();
    this.models.models.expiries.start();
    readiness.serve(true);
    sockets.serve();
    for (const webhook of webhooks) webhook.start();
    const served = this.scheduling.catalog.all().filter(({ state }) => state.kind === "ready");
    log.info({ models: served.map(({ servable }) => servableKey(servable.signature)) }, "ready");
    return address;
  }

  /**
   * Refuses new requests, finishes those in flight, asks clients to disconnect, and ends. Repeated calls have no
   * further effect.
   */
  stop(): Promise<void> {
    this.stopped ??= this.drainAndClose();
    return this.stopped;
  }

  private async drainAndClose(): Promise<void> {
    const { config, log, clock } = this.common;
    const { sockets, eventStreams, eventWaits, exposition, webhooks, readiness } = this.faces;
    const { models } = this.models;
    readiness.serve(false);
    models.live.stop();
    log.info({ in_flight: this.inFlight, deadline_ms: config.drain.deadline_ms }, "draining");
    this.requests.lifecycle.drain();
    sockets.drain();
    eventStreams.drain();
    eventWaits.drain();
    const until = clock.now() + config.drain.deadline_ms;
    while (this.inFlight > 0 && clock.now() < until)
      await new Promise<void>((resolve) => setTimeout(resolve, 10));
    await this.training.schedules.stop();
    this.scheduling.scheduler.refuseAll("the gateway is going away");
    // What trains is interrupted: jobs in the background go on after the next start, requests are answered now.
    await this.training.jobs.stop();
    await this.training.engine.close();
    await new Promise<void>((resolve) => setImmediate(resolve)); // the answers are sent before the sockets close
    await sockets.close();
    await exposition?.close(0, () => {});
    await this.authenticators.close();
    this.tls?.close();
    await this.regimes.streams.stop();
    await Promise.all(webhooks.map((webhook) => webhook.stop()));
    await models.stop();
    this.engines.inline.closeAll();
    await this.engine.close();
    await this.storage.close();
    log.info("stopped");
  }

  /** The number of requests without an answer, or with an answer that is still being written. */
  private get inFlight(): number {
    return Math.max(this.requests.lifecycle.inFlight, this.faces.sockets.inFlight);
  }
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
