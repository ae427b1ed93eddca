/** The tool `wait_for_regime_change`: a call that is answered when a stream has an event. */
import { z } from "zod";
import { regimeTopic } from "../../../../protocol/topics.js";
import type { WaitOutcome } from "../event-waits.js";
import { streamName } from "../names.js";
import { cursor, cursorText, eventOf, eventSchema, readCursor } from "../regime-schemas.js";
import { tool } from "../tool.js";

/** Clients end a request after 60 s unless it reports progress. */
const timeoutDefault = 50;
const timeoutMax = 300;

/** Events in one answer; the cursor continues after them. */
const eventsMax = 50;

export const waitForRegimeChangeTool = tool({
  name: "wait_for_regime_change",
  title: "Wait for a regime change",
  description:
    "Waits until a stream has an event after the cursor, such as a change of its regime, and answers it; without a cursor it waits for the next one. Where nothing happens in timeout_s it answers without events. Call it again with the cursor of the answer: nothing in between is missed.",
  input: z.strictObject({
    stream: streamName,
    cursor,
    timeout_s: z
      .number()
      .min(1)
      .max(timeoutMax)
      .default(timeoutDefault)
      .describe("Seconds to wait. Many clients end a call after 60 s."),
  }),
  output: z.object({
    events: z.array(eventSchema),
    cursor: z.string().describe("Given to the next call, it continues without a gap."),
    ended: z
      .enum(["events", "timeout", "draining"])
      .describe("Why the call ended. draining: the gateway restarts; call again in some seconds."),
    later: z.int().describe("The number of events after these."),
    lost: z.boolean().describe("True when events after the given cursor are not kept any more."),
  }),
  readOnly: true,
  slow: true,
  whereToLook: "list_streams has the names of the open streams.",
  run: ({ stream, cursor: given, timeout_s: seconds }, call) => {
    const { requester, requests, waits, signal, progress, id } = call;
    const topic = regimeTopic(stream);
    const since = readCursor(given);
    const waiting = (elapsedMs: number) =>
      progress?.(elapsedMs / 1_000, seconds, `waiting for an event of ${stream}`);
    return requests.topics.subscribe(requester, topic, id, (place) => {
      const giveBack = call.keepConnection();
      const { principal } = requester;
      const request = { topic, since, limit: eventsMax };
      const wait = waits.wait({ principal, request, timeoutMs: seconds * 1_000, signal, waiting });
      return wait.then(outcomeOf).finally(() => {
        place.end();
        giveBack();
      });
    });
  },
});

function outcomeOf(outcome: WaitOutcome) {
  return { ...outcome, events: outcome.events.map(eventOf), cursor: cursorText(outcome.cursor) };
}
