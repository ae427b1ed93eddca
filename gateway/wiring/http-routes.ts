/** The routes of the gateway's own port, over the services that sockets have. */
import { scopes } from "../auth/scopes.js";
import { BodyPlaces } from "../faces/http/body-places.js";
import { EventStreams } from "../faces/http/events/event-streams.js";
import { type DirectRoute, directInfer } from "../faces/http/open-inference/direct-infer.js";
import { type HttpDependencies, httpRoutes } from "../faces/http/routes.js";
import { EventWaits } from "../faces/mcp/event-waits.js";
import { protectedResource } from "../faces/mcp/protected-resource.js";
import { mcpRoutes } from "../faces/mcp/routes.js";
import type { Services } from "../faces/websocket/services.js";

export interface HttpFace {
  readonly routes: ReturnType<typeof httpRoutes>;
  /** The routes that are asked before the others. */
  readonly direct: DirectRoute;
  readonly eventStreams: EventStreams;
  readonly eventWaits: EventWaits;
}

/**
 * @param metrics undefined when they are served at an address of their own
 * @param page undefined when the gateway serves none
 */
export function openHttpFace(
  { server, config, clock, turns, requests, authenticators, quotas, hub, topics, log }: Services,
  unready: () => string | undefined,
  metrics: HttpDependencies["metrics"],
  failed: HttpDependencies["failed"],
  keep: HttpDependencies["events"]["keep"] = () => () => {},
  page?: HttpDependencies["page"],
): HttpFace {
  const { limits, drain } = config;
  const places = new BodyPlaces(limits.http_body_bytes);
  const eventStreams = new EventStreams(clock, authenticators);
  const eventWaits = new EventWaits(clock, hub, topics, authenticators);
  const issuers = config.auth.issuers.map(({ issuer }) => issuer);
  const connections = { quotas, keep };
  const common = { requests, authenticators, places };
  const openInference = { ...common, server, clock, bodyBytesMax: limits.message_bytes };
  const routes = httpRoutes({
    unready,
    metrics,
    failed,
    page,
    openInference,
    streams: common,
    datasets: common,
    training: common,
    promotions: common,
    schedules: common,
    openApi: { server, requests, authenticators },
    mcp: mcpRoutes({
      ...common,
      ...connections,
      server,
      waits: eventWaits,
      resource: protectedResource(config.public_url, issuers, scopes),
      rejected: (error) => log.debug({ err: error }, "an MCP request was refused"),
    }),
    events: {
      requests,
      authenticators,
      hub,
      topics,
      clock,
      turns,
      streams: eventStreams,
      ...connections,
      bytesMax: limits.outbox_bytes,
      retryMs: drain.retry_max_ms,
    },
  });
  return { routes, direct: directInfer(openInference, failed), eventStreams, eventWaits };
}
