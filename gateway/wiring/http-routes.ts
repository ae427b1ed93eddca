/** The routes of the gateway's own port, over the services that sockets have. */
import { BodyPlaces } from "../faces/http/body-places.js";
import { EventStreams } from "../faces/http/events/event-streams.js";
import { type HttpDependencies, httpRoutes } from "../faces/http/routes.js";
import type { Services } from "../faces/websocket/services.js";

export interface HttpFace {
  readonly routes: ReturnType<typeof httpRoutes>;
  readonly eventStreams: EventStreams;
}

/** @param metrics undefined when they are served at an address of their own */
export function openHttpFace(
  { server, config, clock, turns, requests, authenticators, hub, topics }: Services,
  unready: () => string | undefined,
  metrics: HttpDependencies["metrics"],
  failed: HttpDependencies["failed"],
): HttpFace {
  const { limits, drain } = config;
  const places = new BodyPlaces(limits.http_body_bytes);
  const eventStreams = new EventStreams(clock, authenticators);
  const common = { requests, authenticators, places };
  const routes = httpRoutes({
    unready,
    metrics,
    failed,
    openInference: { ...common, server, bodyBytesMax: limits.message_bytes },
    streams: common,
    openApi: { server, requests, authenticators },
    events: {
      requests,
      authenticators,
      hub,
      topics,
      clock,
      turns,
      streams: eventStreams,
      bytesMax: limits.outbox_bytes,
      retryMs: drain.retry_max_ms,
    },
  });
  return { routes, eventStreams };
}
