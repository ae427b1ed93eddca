/** `/metrics`, to whoever may scrape. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import type { Clock } from "../../clock.js";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** Of the time, what making expositions may take: strangers may ask thousands of times. */
const timeShare = 0.1;

/** @param sha256 that of the token a scraper must bring; absent: anybody may scrape */
export function metricsRoutes(
  scrape: () => Promise<Exposition>,
  sha256: string | undefined,
  clock: Pick<Clock, "now" | "after">,
): Hono {
  const routes = new Hono();
  const once = shared(async () => encoded(await scrape()), clock);
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

/** As bytes: a thousand answers that are not read keep one text in memory and not a copy each. */
function encoded({ contentType, body }: Exposition): { contentType: string; body: Uint8Array<ArrayBuffer> } {
  return { contentType, body: new TextEncoder().encode(body) };
}

/**
 * A scrape costs milliseconds of the thread that has the sockets. Those that ask while one is made get the same, and
 * the next begins once this one's time is `timeShare` of what has passed: who asks in between waits for it.
 */
function shared<T>(make: () => Promise<T>, clock: Pick<Clock, "now" | "after">): () => Promise<T> {
  let making: Promise<T> | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  const makeInTime = async () => {
    const wait = nextAt - clock.now();
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
    const began = clock.now();
    try {
      return await make();
    } finally {
      nextAt = began + (clock.now() - began) / timeShare;
      making = undefined;
    }
  };
  return () => {
    making ??= makeInTime();
    return making;
  };
}

function bears(authorization: string | undefined, sha256: string): boolean {
  const token = authorization?.match(/^Bearer +(\S+)$/i)?.[1];
  if (token === undefined) return false;
  return timingSafeEqual(createHash("sha256").update(token).digest(), Buffer.from(sha256, "hex"));
}
