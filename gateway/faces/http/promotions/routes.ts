/**
 * Promotions over HTTP: each route takes the fields of one frame as JSON, the model from its path, and answers the
 * fields of its `ack`.
 */
import { type Context, Hono } from "hono";
import type { PromotionFrame } from "../../../../protocol/promotion-frames.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces } from "../body-places.js";
import { whileComputing } from "../computing-answer.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { frameAnswer, frameOf } from "../frame-fields.js";

export interface PromotionRouteDependencies {
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
}

export function promotionRoutes({ requests, authenticators, places }: PromotionRouteDependencies): Hono {
  const routes = new Hono();
  routes.onError(answerErrors);
  const carryOut = async (context: Context, type: PromotionFrame["type"]) => {
    const exchange = exchangeOf(context);
    const caller = await requesterOf(exchange, authenticators);
    // Whoever may not administer models has no body read.
    requests.requireScope(caller, "models:admin", type);
    const { model } = context.req.param() as { readonly model: string };
    const frame = await requests.lifecycle.reading(caller, () =>
      frameOf<PromotionFrame>(context, type, places.of(caller.principal.tenant), { model }),
    );
    const work =
      frame.type === "promote"
        ? requests.promotions.promote(caller, frame)
        : requests.promotions.rollback(caller, frame);
    return frameAnswer({ model, ...(await whileComputing(exchange.incoming, work)) });
  };
  for (const type of ["promote", "rollback"] as const)
    routes.post(`/v1/models/:model/${type}`, (context) => carryOut(context, type));
  return routes;
}
