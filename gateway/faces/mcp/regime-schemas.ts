/** Schemas of streams' states and events, and the text form of cursors. */
import { z } from "zod";
import { invalidArgument } from "../../../protocol/errors.js";
import { shown } from "../../../protocol/fields.js";
import type { EventFrame } from "../../../protocol/frames.js";
import type { EventCursor } from "../../requests/event-page.js";

export const stateSchema = z.object({
  stream: z.string(),
  regime: z.string().describe("The present regime; unknown while the detector warms up."),
  probability: z.number().nullable(),
  probabilities: z.record(z.string(), z.number()),
  detector: z.string(),
  version: z.string(),
  observations: z.int(),
  last_ts: z
    .number()
    .nullable()
    .describe("The time of the last observation, in milliseconds since the epoch."),
});

export const eventSchema = z.object({
  topic: z.string(),
  offset: z.int().describe("The number of the event in its topic."),
  ts: z.number().describe("When the event was logged, in milliseconds since the epoch."),
  event_id: z.string(),
  data: z.looseObject({
    kind: z
      .string()
      .describe(
        "Of a stream: regime_change, feed_silent, feed_resumed, stream_replaced or stream_closed. Of a job: job_progress or job_changed. Of a model: model_serving.",
      ),
  }),
});

export const cursor = z
  .string()
  .max(160)
  .optional()
  .describe("The cursor of an earlier answer: only events after it are answered.");

/** The state of a stream without what distinguishes it from events. */
export function stateOf<S extends { readonly kind: string }>({ kind: _kind, ...state }: S): Omit<S, "kind"> {
  return state;
}

export function eventOf({ topic, offset, ts, event_id, data }: EventFrame): z.input<typeof eventSchema> {
  return { topic, offset, ts, event_id, data: { ...data } };
}

export function cursorText({ epoch, offset }: EventCursor): string {
  return `${epoch}:${offset}`;
}

/** @throws HeadgateError invalid_argument */
export function readCursor(text: string | undefined): EventCursor | undefined {
  if (text === undefined) return undefined;
  const found = /^([^\s:]{1,128}):(\d{1,15})$/.exec(text);
  if (found === null)
    throw invalidArgument("cursor", `must be the cursor of an earlier answer, got ${shown(text)}`);
  return { epoch: found[1] as string, offset: Number(found[2]) };
}
