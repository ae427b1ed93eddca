/** Asks the numeric workers for a detector's fit, as a client would, and asks again if the worker died. */
import type { Logger } from "pino";
import type { FitRequest } from "../../engines/detectors/detector.js";
import { validateInputs } from "../../engines/validate.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Catalog } from "../catalog/catalog.js";
import { engineParameters } from "../fits/kept-signatures.js";
import type { Scheduler } from "../scheduling/scheduler.js";
import type { StreamDependencies } from "./stream.js";

const attempts = 5;
const pauseMs = 200;

/** The tenant of the gateway's own fits, which share the workers' time with the other tenants as one of them. */
const tenant = "headgate";

export function refits(catalog: Catalog, scheduler: Scheduler, log: Logger): StreamDependencies["fit"] {
  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await submit(catalog, scheduler, request)).outputs;
      } catch (error) {
        const again = error instanceof HeadgateError && error.retryable && attempt < attempts;
        log.warn(
          { model: request.model, attempt, err: error },
          again ? "a refit failed, again" : "a refit failed",
        );
        if (!again) return undefined; // the stream continues with the model that it has
        await new Promise<void>((resolve) => setTimeout(resolve, pauseMs * attempt));
      }
    }
  };
}

function submit(catalog: Catalog, scheduler: Scheduler, { model, inputs, parameters }: FitRequest) {
  const servable = catalog.resolve(model);
  const { signature, scheduling } = servable;
  return scheduler.submit({
    servable,
    inputs,
    parameters: engineParameters(signature, parameters),
    outputs: undefined,
    ...validateInputs(servable, inputs),
    tenant,
    weight: 1,
    priority: scheduling.defaultPriority,
    timeoutMs: scheduling.defaultTimeoutMs,
  }).answer;
}
