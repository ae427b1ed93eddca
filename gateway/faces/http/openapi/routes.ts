/**
 * The OpenAPI document of the routes. It names the servables, as `describe` does, and so is answered to whoever has an
 * accepted credential.
 */
import { Hono } from "hono";
import { z } from "zod";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { ServablesAnswer } from "../../../requests/descriptions.js";
import type { RequestService } from "../../../requests/request-service.js";
import { requesterOf } from "../authentication.js";
import { datasetOperations } from "../datasets/operations.js";
import { answerErrors } from "../error-response.js";
import { eventOperations } from "../events/operations.js";
import { exchangeOf } from "../exchange.js";
import { healthOperations, metricsOperations } from "../health-operations.js";
import { openInferenceOperations } from "../open-inference/operations.js";
import { promotionOperations } from "../promotions/operations.js";
import { scheduleOperations } from "../schedules/operations.js";
import { streamOperations } from "../streams/operations.js";
import { trainingOperations } from "../training/operations.js";
import { openApiDocument } from "./document.js";
import type { Operation } from "./operation.js";

export interface OpenApiDependencies {
  readonly server: string;
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
}

const path = "/openapi.json";

const own: Operation = {
  method: "GET",
  path,
  summary: "This document.",
  needs: "any",
  answers: { 200: { description: "The document.", schema: z.looseObject({ openapi: z.literal("3.1.0") }) } },
};

/** @param hasMetrics whether the metrics are served at the same address */
export function operationsOf(hasMetrics: boolean): readonly Operation[] {
  return [
    ...healthOperations,
    ...(hasMetrics ? metricsOperations : []),
    ...openInferenceOperations,
    ...streamOperations,
    ...datasetOperations,
    ...trainingOperations,
    ...promotionOperations,
    ...scheduleOperations,
    ...eventOperations,
    own,
  ];
}

export function openApiRoutes(
  { server, requests, authenticators }: OpenApiDependencies,
  operations: readonly Operation[],
): Hono {
  const routes = new Hono();
  routes.onError(answerErrors);
  /** `describe` answers the same object while nothing changes, so the document is made once for it. */
  let made: { readonly of: ServablesAnswer; readonly text: string } | undefined;
  routes.get(path, async (context) => {
    const answer = requests.describe(await requesterOf(exchangeOf(context), authenticators), undefined);
    if (made?.of !== answer) {
      const document = openApiDocument({ server, operations, servables: answer.models });
      made = { of: answer, text: JSON.stringify(document) };
    }
    return context.body(made.text, 200, { "content-type": "application/json" });
  });
  return routes;
}
