/** Settings for datasets: how many there may be, how large, and for how long they are kept. */
import { z } from "zod";
import { bytes, count, day, gibibyte, milliseconds, minute } from "./values.js";

export const datasets = z
  .strictObject({
    count: count(10_000).describe("Datasets that a namespace may have."),
    versions: count(256, 65_536).describe(
      "Versions of a dataset that are kept; the oldest go, also where the versions have so many different columns that their names take more than 1 MiB. Versions that came by appending share their rows.",
    ),
    columns: count(262_144, 16_777_216).describe(
      "Columns that the datasets of a namespace may have together. Versions that came by appending share theirs; content that is put anew has its own. A column takes about a kilobyte of memory beside its rows.",
    ),
    dataset_bytes: bytes(1_048_576, gibibyte).describe(
      "Bytes that one dataset may have, put in parts or appended to. A single put brings no more than a message.",
    ),
    namespace_bytes: bytes(1_048_576, 4 * gibibyte).describe(
      "Bytes of the datasets of a namespace. A dataset without a name makes room for newer ones, the least recently used first; beside that, what would be more is refused.",
    ),
    bytes: bytes(1_048_576, 16 * gibibyte).describe("Bytes of the datasets of all namespaces, on disk."),
    memory_bytes: bytes(1_048_576, gibibyte).describe(
      "Bytes of datasets that stay in memory. Those that were not used for longest are read from the disk again when they are asked for. Rows that a request uses stay until it is answered.",
    ),
    copied_bytes: bytes(1_048_576, gibibyte).describe(
      "Bytes of rows that all requests under way may have copied: columns that do not lie side by side, and windows of streams. A request for which there is no room is refused, and one tenant has at most three times what it leaves free.",
    ),
    expiry_ms: z
      .int()
      .min(1_000)
      .default(30 * day)
      .describe(
        "Milliseconds that a dataset lives without being put, appended to or referred to. A restart counts as a use.",
      ),
    uploads: count(4, 256).describe("Puts in parts that one connection may have under way."),
    upload_idle_ms: milliseconds(minute).describe(
      "Milliseconds that a put in parts waits for its next part; then it is dropped.",
    ),
  })
  .prefault({});
