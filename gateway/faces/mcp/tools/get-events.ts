/** The tool `get_events`: the logged events of a stream. */
import { z } from "zod";
import { regimeTopic } from "../../../../protocol/topics.js";
import { limit, streamName } from "../names.js";
import { cursor, cursorText, eventOf, eventSchema, readCursor } from "../regime-schemas.js";
import { tool } from "../tool.js";

export const getEventsTool = tool({
  name: "get_events",
  title: "Get events",
  description:
    "Answers the logged events of one stream, oldest first: changes of its regime, silences of its feed, and its end. Without a cursor: its newest events. With the cursor of an earlier answer: the events after it, so that repeated calls miss none.",
  input: z.strictObject({ stream: streamName, cursor, limit: limit(50, 200) }),
  output: z.object({
    events: z.array(eventSchema),
    cursor: z.string().describe("Given to the next call, it continues after these events."),
    later: z.int().describe("The number of events after these."),
    lost: z.boolean().describe("True when events after the given cursor are not kept any more."),
  }),
  readOnly: true,
  whereToLook: "list_streams has the names of the open streams.",
  run: async ({ stream, cursor: given, limit: most }, { requester, requests, waits, id }) => {
    const request = { topic: regimeTopic(stream), since: readCursor(given), limit: most };
    const page = await requests.topics.events(requester, request, id);
    if (page.events.length === 0) waits.requireKnown(requester.principal.namespace, request.topic);
    return { ...page, events: page.events.map(eventOf), cursor: cursorText(page.cursor) };
  },
});
