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
  })
  .prefault({});
