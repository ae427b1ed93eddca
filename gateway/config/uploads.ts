/** Settings for uploaded models: how large a file may be, and how much memory files in parts may take. */
import { z } from "zod";
import { bytes, count, gibibyte, milliseconds, minute } from "./values.js";

export const uploads = z
  .strictObject({
    file_bytes: bytes(1_024, 256 * 1_048_576).describe("Bytes that one uploaded model may have."),
    memory_bytes: bytes(1_024, gibibyte).describe(
      "Bytes of all uploads together that are under way, on all connections. Those of one tenant hold at most three times what they leave free.",
    ),
    uploads: count(4, 256).describe("Uploads in parts that one connection may have under way."),
    idle_ms: milliseconds(minute).describe(
      "Milliseconds that an upload in parts waits for its next part; then it is dropped.",
    ),
  })
  .prefault({});
