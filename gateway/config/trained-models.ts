/** Settings for what becomes of trained models: how many are kept under handles, and what may be published. */
import { z } from "zod";
import { bytes, count, gibibyte } from "./values.js";

export const trainedModels = z
  .strictObject({
    kept: count(100, 10_000).describe(
      "Trained models that a namespace may keep under handles, those that are still being trained among them. The one that would expire first makes room for a new one.",
    ),
    kept_bytes: bytes(1_048_576, gibibyte).describe(
      "Bytes of the files of a namespace's kept models. They lie in the data folder and outlast a restart.",
    ),
    kept_total_bytes: bytes(1_048_576, 8 * gibibyte).describe(
      "Bytes of the files of the kept models of all namespaces.",
    ),
    published: count(1_000, 10_000).describe(
      "Models that trainings and uploads may publish. They lie in the folder `published` of the data folder, which is read as a repository beside `models`.",
    ),
    published_versions: count(50, 10_000).describe(
      "Versions of a published model that are kept. For a new one the oldest goes that has neither traffic nor an alias.",
    ),
    published_bytes: bytes(1_048_576, 16 * gibibyte).describe(
      "Bytes of the files of all published versions.",
    ),
  })
  .prefault({});
