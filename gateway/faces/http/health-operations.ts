/** The health checks and the metrics, as the OpenAPI document describes them. */
import { z } from "zod";
import type { Operation } from "./openapi/operation.js";

const unready = z.looseObject({ ready: z.literal(false), reason: z.string().optional() });

export const healthOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/v2/health/live",
    summary: "Whether the gateway runs.",
    needs: "none",
    answers: { 200: { description: "It runs.", schema: z.looseObject({ live: z.literal(true) }) } },
  },
  {
    method: "GET",
    path: "/v2/health/ready",
    summary: "Whether the gateway takes requests.",
    needs: "none",
    answers: {
      200: { description: "It takes requests.", schema: z.looseObject({ ready: z.literal(true) }) },
      503: { description: "It starts, drains or cannot keep data.", schema: unready },
    },
  },
];

export const metricsOperations: readonly Operation[] = [
  {
    method: "GET",
    path: "/metrics",
    summary: "The metrics in Prometheus' text format.",
    needs: ["metrics:read"],
    answers: { 200: { description: "The metrics.", contentType: "text/plain" } },
  },
];
