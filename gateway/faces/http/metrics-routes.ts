/** The route `/metrics`, for clients that may read the metrics. */
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import type { Authenticators } from "../../auth/authenticators.js";
import type { Clock } from "../../clock.js";
import { authorize, bearerToken, unauthenticated } from "./authorization.js";
import { errorResponse } from "./error-response.js";

export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/**
 * The largest share of time that is spent on generating metrics: unauthenticated clients may request them thousands
 * of times.
 */
const timeShare = 0.1;

/**
 * @param sha256 the hash of a scraper's token that grants nothing else; absent when there is none
 * @param authenticators for other credentials, which need the scope metrics:read
 */
export function metricsRoutes(
  scrape: () => Promise<Exposition>,
  sha256: string | undefined,
  clock: Pick<Clock, "now" | "after">,
  authenticators: Pick<Authenticators, "authenticate" | "open">,
): Hono {
  const routes = new Hono();
  const once = shared(async () => encoded(await scrape()), clock);
  routes.get("/metrics", async (context) => {
    const open = sha256 === undefined && authenticators.open;
    if (!open && !isScraper(bearerToken(context.req.raw), sha256)) {
      if (authenticators.open) return errorResponse(unauthenticated());
      const authorization = await authorize(context, authenticators, "metrics:read");
      if (authorization.kind === "refused") return authorization.response;
    }
    const { contentType, body } = await once();
    return context.body(body, 200, { "content-type": contentType });
  });
  return routes;
}

/**
 * The body as bytes: a thousand responses that are not read then share one buffer instead of each having a copy of
 * the text.
 */
function encoded({ contentType, body }: Exposition): { contentType: string; body: Uint8Array<ArrayBuffer> } {
  return { contentType, body: new TextEncoder().encode(body) };
}

/**
 * Shares one result between requests: generating the metrics takes milliseconds of the socket thread. Requests that
 * arrive meanwhile get the same result. The next generation begins once this one's duration is at most `timeShare` of
 * the time passed; requests in between wait for it.
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

function isScraper(token: string | undefined, sha256: string | undefined): boolean {
  if (token === undefined || sha256 === undefined) return false;
  return timingSafeEqual(createHash("sha256").update(token).digest(), Buffer.from(sha256, "hex"));
}
