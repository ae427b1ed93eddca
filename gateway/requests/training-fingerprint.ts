/** What tells one training request from another under an idempotency key. References count as they were given. */
import type { Fingerprint } from "../idempotency/idempotency.js";
import { canonical } from "./digest-forms.js";
import { RequestDigest } from "./request-digest.js";
import type { TrainingRequest } from "./training-request.js";

export function trainingFingerprint(request: TrainingRequest): Fingerprint {
  const { trainer, version, inputs, parameters = {}, keepSeconds, publication, background, label } = request;
  const asked = canonical([parameters, keepSeconds ?? null, publication ?? null, background, label ?? null]);
  return new RequestDigest({ model: trainer, version, inputs, parameters: { train: asked } });
}
