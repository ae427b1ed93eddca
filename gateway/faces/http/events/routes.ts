/** Events over HTTP: a subscription as server-sent events, for places whose proxies end WebSockets. */
import { type Context, Hono } from "hono";
import type { SubscribeFrame } from "../../../../protocol/frames.js";
import { parseClientFrame } from "../../../../protocol/parse-client-frame.js";
import { isPattern } from "../../../../protocol/topics.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { Clock } from "../../../clock.js";
import type { Hub } from "../../../events/hub.js";
import { TopicSubscription } from "../../../events/subscription.js";
import { type TopicOwners, topicsOf } from "../../../events/topic-owner.js";
import type { RequestService } from "../../../requests/request-service.js";
import type { Requester } from "../../../requests/requester.js";
import type { SubscriptionPlace } from "../../../requests/topic-service.js";
import type { TurnBudget } from "../../../turn-budget.js";
import { requesterOf } from "../authentication.js";
import { type ConnectionDependencies, keepConnection } from "../connection-place.js";
import { disconnect } from "../disconnect.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { readQuery } from "../query.js";
import { CursorTracker, readCursor } from "./cursor.js";
import { EventStream } from "./event-stream.js";
import type { EventStreams } from "./event-streams.js";
import { eventsQuerySchema } from "./operations.js";

export interface EventsDependencies extends ConnectionDependencies {
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly hub: Hub;
  readonly topics: TopicOwners;
  readonly clock: Clock;
  readonly turns: TurnBudget;
  readonly streams: EventStreams;
  /** Bytes that may wait for a slow reader. */
  readonly bytesMax: number;
  readonly retryMs: number;
}

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no", // nginx would gather the events
};

export function eventRoutes(dependencies: EventsDependencies): Hono {
  const { requests, authenticators } = dependencies;
  const routes = new Hono();
  routes.onError(answerErrors);
  routes.get("/v1/events", async (context) => {
    const requester = await requesterOf(exchangeOf(context), authenticators);
    const frame = await requests.lifecycle.reading(requester, () => readSubscription(context));
    // Hono answers HEAD with the headers of GET, and would leave a subscription that nobody reads.
    if (context.req.method === "HEAD") return new Response(null, { headers });
    const { body } = requests.topics.subscribe(requester, frame.topic, undefined, (place) =>
      openStream(
        frame,
        requester,
        withConnection(context, requester, place, dependencies),
        disconnecting(context),
        dependencies,
      ),
    );
    return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>, { headers });
  });
  return routes;
}

/**
 * The subscription's place, and beside it the connection's.
 * @throws HeadgateError resource_exhausted
 */
function withConnection(
  context: Context,
  { principal }: Requester,
  place: SubscriptionPlace,
  dependencies: ConnectionDependencies,
): SubscriptionPlace {
  const release = keepConnection(context, principal, dependencies);
  return {
    end() {
      place.end();
      release();
    },
  };
}

/** What ends the connection of a request; undefined in tests without one. */
function disconnecting(context: Context): (() => void) | undefined {
  const { outgoing } = exchangeOf(context);
  return outgoing && (() => disconnect(outgoing));
}

/** The query as the fields of a `subscribe` frame, with the cursor of a reader that comes back. */
function readSubscription(context: Context): SubscribeFrame {
  const { last_event_id: given, ...fields } = readQuery(context, eventsQuerySchema);
  const cursor = context.req.header("last-event-id") ?? (given as string | undefined);
  const frame = parseClientFrame({ ...fields, type: "subscribe", id: 0 }, "json") as SubscribeFrame;
  return cursor === undefined || cursor === "" ? frame : { ...frame, since: readCursor(cursor, frame.topic) };
}

function openStream(
  frame: SubscribeFrame,
  requester: Requester,
  place: SubscriptionPlace,
  disconnect: (() => void) | undefined,
  { hub, topics, clock, turns, streams, bytesMax, retryMs }: EventsDependencies,
): EventStream {
  const { namespace } = requester.principal;
  const owner = topics.of(frame.topic);
  const snapshots = isPattern(frame.topic)
    ? topicsOf(frame.topic, namespace, hub.log, owner).length
    : undefined;
  const cursors = new CursorTracker(frame.topic, snapshots);
  const stream = new EventStream({
    bytesMax,
    retryMs,
    cursors,
    disconnect,
    ended: () => {
      subscription.end();
      hub.remove(subscription);
      streams.leave(stream);
      place.end();
    },
  });
  const subscription = new TopicSubscription(namespace, frame, stream, hub.log, { clock, turns, owner });
  hub.add(subscription);
  streams.add(stream, requester.principal, frame.topic);
  queueMicrotask(() => void subscription.start());
  return stream;
}
