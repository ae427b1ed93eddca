/** The outer interfaces of the gateway: WebSockets, plain HTTP, and the webhooks that it calls. */
import type { Authenticators } from "../auth/authenticators.js";
import { OriginRule } from "../auth/origin-rule.js";
import type { Config } from "../config/config.js";
import type { EventStreams } from "../faces/http/events/event-streams.js";
import { failedRoute } from "../faces/http/failed-route.js";
import { healthRoutes } from "../faces/http/health-routes.js";
import { noRoute } from "../faces/http/known-paths.js";
import { metricsRoutes } from "../faces/http/metrics-routes.js";
import type { EventWaits } from "../faces/mcp/event-waits.js";
import { readPageFiles } from "../faces/page-files/page-file.js";
import { pageRoutes } from "../faces/page-files/routes.js";
import { Webhook } from "../faces/webhooks/webhook.js";
import { FlushScheduler } from "../faces/websocket/flush-scheduler.js";
import { HttpServer } from "../faces/websocket/http-server.js";
import { SocketServer } from "../faces/websocket/server.js";
import type { Services } from "../faces/websocket/services.js";
import { descriptorsMax, withinDescriptors } from "../process/descriptors.js";
import type { RequestService } from "../requests/request-service.js";
import type { ServerTls } from "../tls/server-tls.js";
import { TurnBudget } from "../turn-budget.js";
import type { EngineServices } from "./engines.js";
import { openHttpFace } from "./http-routes.js";
import type { CommonServices, GatewayOptions } from "./options.js";
import { Readiness } from "./readiness.js";
import type { RegimeServices } from "./regimes.js";
import type { SchedulingServices } from "./scheduling.js";
import type { StorageServices } from "./storage.js";
import { openWatches } from "./watch.js";

export interface FaceServices {
  readonly sockets: SocketServer;
  readonly eventStreams: EventStreams;
  readonly eventWaits: EventWaits;
  /** The server of `/metrics` and of health checks at a separate address; undefined when `/metrics` is served at the sockets' address. */
  readonly exposition: HttpServer | undefined;
  readonly webhooks: readonly Webhook[];
  readonly readiness: Readiness;
}

/** The number of connections to an address that serves only metrics. */
const scrapersMax = 64;

/** @param server the name and version that clients receive */
export function openFaces(
  server: string,
  common: CommonServices,
  options: GatewayOptions,
  storage: StorageServices,
  { engine }: EngineServices,
  { scheduler, catalog }: SchedulingServices,
  { hub, topics, room, streams }: RegimeServices,
  requests: RequestService,
  authenticators: Authenticators,
  tls: ServerTls | undefined,
): FaceServices {
  const { config, log, logLimit, clock, turns, metrics, quotas } = common;
  const readiness = new Readiness([storage.health, room]);
  const house: Services = {
    server,
    config: { ...config, limits: withinDescriptors(config.limits, descriptorsMax(), log) },
    clock,
    turns,
    intake: new TurnBudget(clock),
    flushes: new FlushScheduler(new TurnBudget(clock)),
    log,
    logLimit,
    metrics,
    authenticators,
    origins: originRule(config, config.host),
    quotas,
    requests,
    hub,
    topics,
    watches: openWatches(common, {
      scheduler,
      catalog,
      requests,
      streams,
      ready: () => readiness.unready === undefined,
      workers: () => engine.workers,
      connections: () => sockets.watched(),
    }),
  };
  const scrape = async () => ({ contentType: metrics.contentType, body: await metrics.scrape() });
  const exposed = metricsRoutes(scrape, config.metrics.sha256, clock, authenticators);
  const apart = config.metrics.port !== undefined;
  const failed = (error: unknown) =>
    logLimit.report("http route failed", (count) => log.error({ err: error, count }, "an HTTP route failed"));
  const unready = () => readiness.unready;
  // Health checks are answered there too: that address asks for no client certificate.
  if (apart) {
    exposed.route("/", healthRoutes(unready)).onError(failedRoute(failed));
    exposed.notFound(noRoute(exposed));
  }
  const { routes, direct, eventStreams, eventWaits } = openHttpFace(
    house,
    unready,
    apart ? undefined : exposed,
    failed,
    (socket, tenant) => sockets.keep(socket, tenant),
    openPage(common, options),
  );
  const sockets: SocketServer = new SocketServer(house, { fetch: routes.fetch, direct }, tls);
  authenticators.watchUse(function* () {
    yield* sockets.principals();
    yield* eventStreams.principals();
    yield* eventWaits.principals();
  });
  metrics.read({
    ready: () => readiness.unready === undefined,
    sockets: {
      connections: () => sockets.acceptedCount,
      unauthenticated: () => sockets.unauthenticatedCount,
      http: () => sockets.httpCount,
    },
  });
  return {
    sockets,
    eventStreams,
    eventWaits,
    exposition: apart
      ? new HttpServer(
          { ...house, origins: originRule(config, config.metrics.host) },
          exposed,
          scrapersMax,
          config.metrics.tls ? tls : undefined,
          false,
        )
      : undefined,
    webhooks: webhooksOf(common, options, storage, hub),
    readiness,
  };
}

function openPage({ config, log }: CommonServices, options: GatewayOptions) {
  if (!config.page.enabled) return undefined;
  const { pageFiles: folder = new URL("../../page/", import.meta.url) } = options;
  const files = readPageFiles(folder);
  if (files !== undefined) return pageRoutes(files);
  log.warn({ folder: folder.pathname }, "the page is not built, so it is not served: run `npm run build`");
  return undefined;
}

function originRule({ auth, public_url: publicUrl }: Config, bound: string): OriginRule {
  const { allowed_origins: allowedOrigins, allowed_hosts: allowedHosts } = auth;
  return new OriginRule({ bound, allowedOrigins, allowedHosts, publicUrl });
}

function webhooksOf(
  { config, clock, log, metrics }: CommonServices,
  { environment = {} }: GatewayOptions,
  { journal }: StorageServices,
  hub: RegimeServices["hub"],
): Webhook[] {
  const dependencies = {
    events: journal,
    hub,
    clock,
    log,
    delivery: (name: string, outcome: string) => metrics.webhook(name, outcome),
  };
  return config.webhooks.map(
    (webhook) => new Webhook(webhook, environment[webhook.secret_env] ?? "", dependencies),
  );
}
