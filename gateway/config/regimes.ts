/** Settings for streams, their events and the journal that stores both. */
import { z } from "zod";
import { limits } from "../../protocol/limits.js";
import { bytes, count, day, gibibyte } from "./values.js";

export const regimes = z
  .strictObject({
    topic_events: count(limits.topic_events_max).describe("Events that are kept of a topic."),
    event_age_ms: z
      .int()
      .min(1)
      .default(30 * day)
      .describe("Milliseconds for which an event is kept."),
    file_bytes_max: bytes(1_048_576, 64 * gibibyte).describe(
      "Bytes that the journal may hold, of all namespaces together. From there on what would make it grow is refused. Pages that were freed in the file do not count.",
    ),
    streams: count(10_000).describe("Streams that a namespace may have."),
    ts_ahead_max_ms: z
      .int()
      .min(0)
      .default(day)
      .describe(
        "Milliseconds by which an observation's time may be ahead of the gateway's clock: one in a wrong unit would lock its stream. Scenarios of days to come need more.",
      ),
    stream_expiry_ms: z
      .int()
      .min(1)
      .default(30 * day)
      .describe("Milliseconds that a stream lives without an observation."),
  })
  .prefault({});
