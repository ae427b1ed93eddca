/** Schedules over HTTP: each route takes the fields of one frame, and answers the fields of its `ack`. */
import { type Context, Hono } from "hono";
import { parseClientFrame } from "../../../../protocol/parse-client-frame.js";
import type { ScheduleFrame, SchedulesFrame, UnscheduleFrame } from "../../../../protocol/schedule-frames.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces } from "../body-places.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { frameAnswer, frameOf, queryFrame } from "../frame-fields.js";
import { schedulesQuerySchema } from "./operations.js";

export interface ScheduleRouteDependencies {
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
}

export function scheduleRoutes({ requests, authenticators, places }: ScheduleRouteDependencies): Hono {
  const { schedules, lifecycle } = requests;
  const routes = new Hono();
  routes.onError(answerErrors);
  const requester = (context: Context) => requesterOf(exchangeOf(context), authenticators);
  routes.post("/v1/schedules", async (context) => {
    const caller = await requester(context);
    requests.requireScope(caller, "training:run", "schedule");
    const frame = await lifecycle.reading(caller, () =>
      frameOf<ScheduleFrame>(context, "schedule", places.of(caller.principal.tenant)),
    );
    const { type: _type, id: _id, ...request } = frame;
    return frameAnswer({ ...(await schedules.put(caller, request)) });
  });
  routes.get("/v1/schedules", async (context) => {
    const caller = await requester(context);
    const frame = await lifecycle.reading(caller, () =>
      queryFrame<SchedulesFrame>(context, "schedules", schedulesQuerySchema),
    );
    return frameAnswer({ ...schedules.list(caller, frame) });
  });
  routes.get("/v1/schedules/:schedule", async (context) => {
    const caller = await requester(context);
    const { schedule = "" } = await lifecycle.reading(caller, () =>
      pathFrame<SchedulesFrame>(context, "schedules"),
    );
    return frameAnswer({ state: schedules.describe(caller, schedule) });
  });
  routes.post("/v1/schedules/:schedule/remove", async (context) => {
    const caller = await requester(context);
    requests.requireScope(caller, "training:run", "unschedule");
    const { schedule } = await lifecycle.reading(caller, () =>
      pathFrame<UnscheduleFrame>(context, "unschedule"),
    );
    await schedules.remove(caller, schedule);
    return frameAnswer({ schedule });
  });
  return routes;
}

/** The frame of a route whose path names the schedule. */
async function pathFrame<F>(context: Context, type: string): Promise<F> {
  return parseClientFrame({ type, id: 0, schedule: context.req.param("schedule") }, "json") as F;
}
