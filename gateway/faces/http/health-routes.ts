/**
 * The health checks, as Open Inference names them. They are answered to whoever reaches the port. KServe's client reads
 * `ready` of a ready server, and the text of the protocol has `live` there: both are answered.
 */
import { Hono } from "hono";

/** @param unready the reason why the gateway is not ready, "" where there is no more to say; undefined when it is ready */
export function healthRoutes(unready: () => string | undefined): Hono {
  const routes = new Hono();
  routes.get("/v2/health/live", (context) => context.json({ live: true }));
  routes.get("/v2/health/ready", (context) => {
    const reason = unready();
    return reason === undefined
      ? context.json({ live: true, ready: true })
      : context.json({ live: true, ready: false, ...(reason !== "" && { reason }) }, 503);
  });
  return routes;
}
