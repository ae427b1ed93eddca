/** The health checks, as Open Inference names them. They are answered to whoever reaches the port. */
import { Hono } from "hono";

/** @param unready the reason why the gateway is not ready, "" where there is no more to say; undefined when it is ready */
export function healthRoutes(unready: () => string | undefined): Hono {
  const routes = new Hono();
  routes.get("/v2/health/live", (context) => context.json({ live: true }));
  routes.get("/v2/health/ready", (context) => {
    const reason = unready();
    return reason === undefined
      ? context.json({ ready: true })
      : context.json({ ready: false, ...(reason !== "" && { reason }) }, 503);
  });
  return routes;
}
