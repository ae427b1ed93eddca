/** Settings for queues, deadlines, stored answers and stored fits. */
import { z } from "zod";
import { bytes, count, mebibyte, milliseconds } from "./values.js";

export const scheduling = z
  .strictObject({
    default_timeout_ms: milliseconds(30_000).describe(
      "Milliseconds that a request has when neither it nor its model names a timeout.",
    ),
    fit_queue_size: count(256).describe("Fits of one kind that may wait."),
    tenant_fits: z.int().min(1).max(256).optional().meta({
      description: "Fits of one tenant that run side by side, where there are several tenants.",
      fallback: "`engine.numeric_workers`",
    }),
    fit_yield_ms: milliseconds(10_000).describe(
      "Milliseconds that a fit may run on while a tenant that has had less of the workers' time waits for one.",
    ),
    idempotency_window_ms: milliseconds(600_000).describe(
      "Milliseconds for which a repeated idempotency key gets the first answer.",
    ),
    idempotency_answers: count(10_000).describe("Answers under keys that a namespace may keep."),
    idempotency_bytes: bytes(65_536, 256 * mebibyte).describe(
      "Bytes of answers under keys that a namespace may keep. An answer of more than an eighth of it is not kept.",
    ),
  })
  .prefault({});

export const fits = z
  .strictObject({
    kept: count(1_000).describe("Fits that a namespace may keep under handles."),
    kept_bytes: bytes(1_024, 256 * mebibyte).describe("Bytes of the attributes of a namespace's kept fits."),
  })
  .prefault({});
