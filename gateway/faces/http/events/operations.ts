/** The route of events, and the address of WebSockets, as the OpenAPI document describes them. */
import { z } from "zod";
import { limits } from "../../../../protocol/limits.js";
import { nameSchema, type Operation } from "../openapi/operation.js";

const cursor = z
  .string()
  .regex(/^[^\s:]{1,128}:\d{1,16}$/)
  .optional();

export const eventsQuerySchema = z.object({
  topic: nameSchema.describe("`regime.<stream>`, or `regime.*` for every stream."),
  mode: z
    .enum(["all", "latest"])
    .optional()
    .describe("`all` events, or only the `latest`: then a slow reader may miss some."),
  heartbeat_ms: z
    .int()
    .min(limits.heartbeat_ms_min)
    .max(limits.heartbeat_ms_max)
    .optional()
    .describe("Milliseconds between heartbeats of the topic; none when it is absent."),
  last_event_id: cursor.describe("As the header Last-Event-ID, for readers that cannot set it."),
});

export const eventOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v1/events",
    summary: "Events as server-sent events, from a snapshot or from a cursor on.",
    needs: ["streams:read"],
    query: eventsQuerySchema,
    headers: z.object({ "last-event-id": cursor.describe("The id of the last event that the reader has.") }),
    answers: {
      200: {
        description:
          "Events without end. Each has the type of the socket's frame (`snapshot`, `event`, `heartbeat`) and the " +
          "frame as JSON; `end` has the reason why the gateway ends the response.",
        contentType: "text/event-stream",
      },
    },
    refusals: [400],
  },
  {
    method: "GET",
    path: "/v1",
    summary: "The WebSocket, with the subprotocols headgate.v1.msgpack and headgate.v1.json.",
    needs: "none",
    answers: { 101: { description: "The connection is a WebSocket now." } },
    refusals: [426],
  },
];
