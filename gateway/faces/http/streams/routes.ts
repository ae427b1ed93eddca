/**
 * Streams over HTTP, for places whose proxies end WebSockets: each route takes the fields of one frame as JSON, and
 * answers the fields of its `ack`.
 */
import { type Context, Hono } from "hono";
import type {
  CloseFrame,
  DescribeFrame,
  ObserveFrame,
  OpenFrame,
  StateFrame,
} from "../../../../protocol/frames.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import type { Requester } from "../../../requests/requester.js";
import { observeAck, openAck, stateAck } from "../../../requests/stream-acks.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces } from "../body-places.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { frameAnswer, frameOf, queryFrame } from "../frame-fields.js";
import { describeQuerySchema, stateQuerySchema } from "./operations.js";

export interface StreamsDependencies {
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
}

export function streamRoutes({ requests, authenticators, places }: StreamsDependencies): Hono {
  const routes = new Hono();
  routes.onError(answerErrors);
  const requester = (context: Context) => requesterOf(exchangeOf(context), authenticators);
  /** Whoever may not write streams has no body read. */
  const writer = async (context: Context, type: string) => {
    const caller = await requester(context);
    requests.requireScope(caller, "streams:write", type);
    return caller;
  };
  const readFrame = <F>(context: Context, caller: Requester, type: string) =>
    requests.lifecycle.reading(caller, () => frameOf<F>(context, type, places.of(caller.principal.tenant)));
  routes.get("/v1/describe", async (context) => {
    const caller = await requester(context);
    const { model } = await requests.lifecycle.reading(caller, () =>
      queryFrame<DescribeFrame>(context, "describe", describeQuerySchema),
    );
    return frameAnswer({ ...requests.describe(caller, model) });
  });
  routes.post("/v1/streams/open", async (context) => {
    const caller = await writer(context, "open");
    const frame = await readFrame<OpenFrame>(context, caller, "open");
    return frameAnswer(openAck(frame, await requests.streams.open(caller, frame)));
  });
  routes.post("/v1/streams/observe", async (context) => {
    const caller = await writer(context, "observe");
    const frame = await readFrame<ObserveFrame>(context, caller, "observe");
    return frameAnswer(observeAck(frame, 0, await requests.streams.observe(caller, frame)));
  });
  routes.post("/v1/streams/close", async (context) => {
    const caller = await writer(context, "close");
    const { stream } = await readFrame<CloseFrame>(context, caller, "close");
    await requests.streams.close(caller, stream);
    return frameAnswer({ type: "ack", id: 0, stream });
  });
  routes.get("/v1/streams/state", async (context) => {
    const caller = await requester(context);
    const frame = await requests.lifecycle.reading(caller, () =>
      queryFrame<StateFrame>(context, "state", stateQuerySchema),
    );
    return frameAnswer(stateAck(frame, await requests.streams.state(caller, frame)));
  });
  return routes;
}
