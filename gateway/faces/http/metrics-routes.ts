/** `/metrics`, to whoever may scrape. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** @param sha256 that of the token a scraper must bring; absent: anybody may scrape */
export function metricsRoutes(scrape: () => Promise<Exposition>, sha256: string | undefined): Hono {
  const routes = new Hono();
  const once = shared(scrape);
  routes.get("/metrics", async (context) => {
    if (sha256 !== undefined && !bears(context.req.header("authorization"), sha256))
      return context.text("the token for metrics is missing or wrong\n", 401, {
        "www-authenticate": 'Bearer realm="headgate metrics"',
      });
    const { contentType, body } = await once();
    return context.body(body, 200, { "content-type": contentType });
  });
  return routes;
}

/** A scrape costs milliseconds: those that ask while one is made get the same. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | undefined;
  return () => {
    making ??= make().finally(() => {
      making = undefined;
    });
    return making;
  };
}

function bears(authorization: string | undefined, sha256: string): boolean {
  const token = authorization?.match(/^Bearer +(\S+)$/i)?.[1];
  if (token === undefined) return false;
  return timingSafeEqual(createHash("sha256").update(token).digest(), Buffer.from(sha256, "hex"));
}
