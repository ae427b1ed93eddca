/**
 * Streams over HTTP, for places whose proxies end WebSockets: each route takes the fields of one frame as JSON, and
 * answers the fields of its `ack`.
 */
import { type Context, Hono } from "hono";
import type { z } from "zod";
import { invalidArgument } from "../../../../protocol/errors.js";
import { isFields, shown } from "../../../../protocol/fields.js";
import type {
  CloseFrame,
  DescribeFrame,
  ObserveFrame,
  OpenFrame,
  StateFrame,
} from "../../../../protocol/frames.js";
import { jsonText } from "../../../../protocol/json.js";
import { limits } from "../../../../protocol/limits.js";
import { parseClientFrame } from "../../../../protocol/parse-client-frame.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import type { Requester } from "../../../requests/requester.js";
import { observeAck, openAck, stateAck } from "../../../requests/stream-acks.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces, TenantBodyPlaces } from "../body-places.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { parseJson } from "../json-text.js";
import { readQuery } from "../query.js";
import { readBody } from "../request-body.js";
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
    return answer({ ...requests.describe(caller, model) });
  });
  routes.post("/v1/streams/open", async (context) => {
    const caller = await writer(context, "open");
    const frame = await readFrame<OpenFrame>(context, caller, "open");
    return answer(openAck(frame, await requests.streams.open(caller, frame)));
  });
  routes.post("/v1/streams/observe", async (context) => {
    const caller = await writer(context, "observe");
    const frame = await readFrame<ObserveFrame>(context, caller, "observe");
    return answer(observeAck(frame, 0, await requests.streams.observe(caller, frame)));
  });
  routes.post("/v1/streams/close", async (context) => {
    const caller = await writer(context, "close");
    const { stream } = await readFrame<CloseFrame>(context, caller, "close");
    await requests.streams.close(caller, stream);
    return answer({ type: "ack", id: 0, stream });
  });
  routes.get("/v1/streams/state", async (context) => {
    const caller = await requester(context);
    const frame = await requests.lifecycle.reading(caller, () =>
      queryFrame<StateFrame>(context, "state", stateQuerySchema),
    );
    return answer(stateAck(frame, await requests.streams.state(caller, frame)));
  });
  return routes;
}

/** Reads the query as the fields of a frame. */
function queryFrame<F>(context: Context, type: string, schema: z.ZodObject): F {
  return parseClientFrame({ ...readQuery(context, schema), type, id: 0 }, "json") as F;
}

/** Reads the body as the fields of a frame, within the limits that hold for the frame on the wire. */
async function frameOf<F>(context: Context, type: string, places: TenantBodyPlaces): Promise<F> {
  const { bytes, place } = await readBody(context.req.raw, limits.text_bytes_max, places);
  try {
    const value = parseJson(bytes);
    if (!isFields(value)) throw invalidArgument("the body", `must be a JSON object, got ${shown(value)}`);
    return parseClientFrame({ ...value, type, id: 0 }, "json") as F;
  } finally {
    place.leave();
  }
}

/** An `ack` without what a socket needs to find its request. */
function answer({ type: _type, id: _id, ...fields }: Readonly<Record<string, unknown>>): Response {
  return new Response(jsonText(fields), { headers: { "content-type": "application/json" } });
}
