/** The plain HTTP face: health and metrics. */
import { Hono } from "hono";

export interface HttpDuties {
  /** Why it is not ready, "" where there is no more to say; undefined when it is. */
  readonly unready: () => string | undefined;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

export function httpRoutes({ unready, metrics }: HttpDuties): Hono {
  const routes = new Hono();
  routes.get("/v2/health/live", (context) => context.json({ live: true }));
  routes.get("/v2/health/ready", (context) => {
    const reason = unready();
    return reason === undefined
      ? context.json({ ready: true })
      : context.json({ ready: false, ...(reason !== "" && { reason }) }, 503);
  });
  routes.get("/metrics", async (context) => {
    const { contentType, body } = await metrics();
    return context.body(body, 200, { "content-type": contentType });
  });
  routes.get("/v1", (context) => context.json({ error: "a WebSocket: upgrade to headgate.v1.msgpack" }, 426));
  routes.notFound((context) =>
    context.json(
      { error: "not found; there are /v2/health/live, /v2/health/ready, /metrics, and a WebSocket at /v1" },
      404,
    ),
  );
  return routes;
}
