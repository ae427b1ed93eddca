/**
 * Calls a learned model on behalf of a stream's detector, as a client of the stream's tenant would, and calls it again
 * if the worker died.
 */
import type { Logger } from "pino";
import type { ModelClient } from "../../engines/detectors/detector.js";
import type { Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import { copied } from "../../protocol/tensor.js";
import { everyTopic, type Principal } from "../auth/principal.js";
import type { Catalog } from "../catalog/catalog.js";
import type { InferenceRequest } from "../catalog/inference-request.js";
import type { Clock } from "../clock.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { Answer, ComputeMeter } from "../scheduling/queued-request.js";

/**
 * The name by which a model's traffic split chooses the version for detectors. It is the same for all streams of all
 * tenants, so that a stream keeps its version whoever is charged for it.
 */
const routingName = "headgate";

/** The principal of the calls, except for whom they are charged to. All streams share the cached answers. */
const caller: Omit<Principal, "weight"> = {
  tenant: routingName,
  namespace: "headgate",
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

/** To whom a stream's calls are charged. */
export interface ModelCallPayer {
  readonly tenant: string;
  /** The tenant's share of the workers. */
  readonly weight: number;
  /** Asked at each call, because the ledger forgets accounts that are idle. */
  readonly account: () => Pick<QuotaAccount, "priority" | "computed">;
}

/**
 * @param start starts a request on the path of clients' requests, the cache of answers included
 * @param payer undefined for a stream of an earlier gateway, which did not keep the stream's tenant
 */
export function modelCalls(
  catalog: Pick<Catalog, "resolve">,
  start: (request: InferenceRequest, principal: Principal, meter: ComputeMeter | undefined) => ModelCall,
  log: Logger,
  clock: Pick<Clock, "now">,
  figures: ModelCallFigures,
  payer?: ModelCallPayer,
): ModelClient {
  const { tenant = caller.tenant, weight = 1 } = payer ?? {};
  const principal: Principal = { ...caller, tenant, weight };
  const find = (model: string, version: string | undefined) => catalog.resolve(model, version, routingName);
  const ask = async (model: string, wanted: string | undefined, inputs: WireTensors) => {
    const since = clock.now();
    const account = payer?.account();
    const { signature, scheduling } = find(model, wanted);
    const priority = account?.priority(undefined, scheduling.defaultPriority, scheduling.priorityLevels);
    const { version } = signature;
    // The rows are not charged: the observations were, when they arrived.
    const { servable, cached, answer } = start({ model, version, inputs, priority }, principal, account);
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
    find,
    async infer(model, version, inputs) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await ask(model, version, copied(inputs)); // the worker takes ownership of the buffers
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
