/** Asks a learned model on behalf of a detector, as a client would, and asks again if the worker died. */
import type { Logger } from "pino";
import type { ModelClient } from "../../engines/detectors/detector.js";
import type { Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import { copied } from "../../protocol/tensor.js";
import { everyTopic, type Principal } from "../auth/principal.js";
import type { Catalog } from "../catalog/catalog.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import type { Clock } from "../clock.js";
import type { Answer } from "../scheduling/queued-request.js";

/**
 * The principal of the gateway's own requests. Its name is fixed, so that a model's traffic split always gives it the
 * same version.
 */
const principal: Principal = {
  tenant: "headgate",
  namespace: "headgate",
  weight: 1,
  expiresAt: Infinity,
  subject: "headgate",
  scopes: new Set(["models:infer"]),
  topics: everyTopic,
};

const attempts = 4;
const pauseMs = 100;

interface ModelCall {
  readonly servable: Servable;
  readonly cached: boolean;
  readonly answer: Promise<Pick<Answer, "outputs" | "timing">>;
}

/** What is counted of each request, as of any client's. */
export interface ModelCallFigures {
  readonly answered: (servable: Servable, requestMs: number, queueMs: number) => void;
  readonly refused: (servable: Servable, error: unknown) => void;
}

/** @param start starts a request on the path of clients' requests, the cache of answers included */
export function modelCalls(
  catalog: Catalog,
  start: (request: InferenceRequest, principal: Principal) => ModelCall,
  log: Logger,
  clock: Pick<Clock, "now">,
  figures: ModelCallFigures,
): ModelClient {
  const ask = async (request: InferenceRequest) => {
    const since = clock.now();
    const { servable, cached, answer } = start(request, principal);
    try {
      const { outputs, timing } = await answer;
      figures.answered(servable, clock.now() - since, cached ? 0 : timing.queue_ms);
      return outputs;
    } catch (error) {
      figures.refused(servable, error);
      throw error;
    }
  };
  return {
    find: (model, version) => catalog.resolve(model, version, principal.tenant),
    async infer(model, version, inputs) {
      for (let attempt = 1; ; attempt++) {
        try {
          const request = { model, version, inputs: copied(inputs) }; // the worker takes ownership of the buffers
          return await ask(request);
        } catch (error) {
          const again = error instanceof HeadgateError && error.retryable && attempt < attempts;
          log.warn({ model, attempt, err: error }, "a detector's model did not answer");
          if (!again) throw notTaken(model, error);
          await new Promise<void>((resolve) => setTimeout(resolve, pauseMs * attempt));
        }
      }
    },
  };
}

/** The model was asked before anything of the batch was accepted, so that the feed may send the batch again. */
function notTaken(model: string, cause: unknown): unknown {
  if (!(cause instanceof HeadgateError)) return cause;
  const { code, retryable, retryAfterMs, message } = cause;
  const later = code === "invalid_argument" || code === "failed_precondition" ? code : "unavailable";
  return new HeadgateError(later, `the detector's model ${model} did not answer: ${message}`, {
    processed: "no",
    retryable: retryable || later === "unavailable",
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    cause,
  });
}
