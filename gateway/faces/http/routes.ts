/**
 * The plain HTTP routes: health, metrics, Open Inference, streams, events, MCP, and the document that describes the
 * others.
 */
import { Hono } from "hono";
import { HeadgateError } from "../../../protocol/errors.js";
import { type DatasetRouteDependencies, datasetRoutes } from "./datasets/routes.js";
import { errorResponse } from "./error-response.js";
import { type EventsDependencies, eventRoutes } from "./events/routes.js";
import { type FailureReport, failedRoute } from "./failed-route.js";
import { healthRoutes } from "./health-routes.js";
import { noRoute } from "./known-paths.js";
import type { OpenInferenceDependencies } from "./open-inference/dependencies.js";
import { openInferenceRoutes } from "./open-inference/routes.js";
import { type OpenApiDependencies, openApiRoutes, operationsOf } from "./openapi/routes.js";
import { type PromotionRouteDependencies, promotionRoutes } from "./promotions/routes.js";
import { type ScheduleRouteDependencies, scheduleRoutes } from "./schedules/routes.js";
import { type StreamsDependencies, streamRoutes } from "./streams/routes.js";
import { type TrainingRouteDependencies, trainingRoutes } from "./training/routes.js";

export interface HttpDependencies {
  /** The reason why the gateway is not ready, "" where there is no more to say; undefined when it is ready. */
  readonly unready: () => string | undefined;
  /** Undefined when the metrics are served at a separate address. */
  readonly metrics: Hono | undefined;
  readonly openInference: OpenInferenceDependencies;
  readonly streams: StreamsDependencies;
  readonly datasets: DatasetRouteDependencies;
  readonly training: TrainingRouteDependencies;
  readonly promotions: PromotionRouteDependencies;
  readonly schedules: ScheduleRouteDependencies;
  readonly events: EventsDependencies;
  readonly openApi: OpenApiDependencies;
  readonly mcp: Hono;
  /** Undefined when the gateway serves no page. */
  readonly page: Hono | undefined;
  /** Called with what a route threw and should not have. */
  readonly failed: FailureReport;
}

const upgradeNeeded = new HeadgateError(
  "failed_precondition",
  "/v1 is a WebSocket: upgrade with the subprotocol headgate.v1.msgpack or headgate.v1.json",
);

export function httpRoutes({
  unready,
  metrics,
  openInference,
  streams,
  datasets,
  training,
  promotions,
  schedules,
  events,
  openApi,
  mcp,
  page,
  failed,
}: HttpDependencies): Hono {
  const routes = new Hono();
  routes.onError(failedRoute(failed));
  routes.route("/", healthRoutes(unready));
  if (metrics !== undefined) routes.route("/", metrics);
  routes.route("/", openInferenceRoutes(openInference));
  routes.route("/", streamRoutes(streams));
  routes.route("/", datasetRoutes(datasets));
  routes.route("/", trainingRoutes(training));
  routes.route("/", promotionRoutes(promotions));
  routes.route("/", scheduleRoutes(schedules));
  routes.route("/", eventRoutes(events));
  routes.route("/", openApiRoutes(openApi, operationsOf(metrics !== undefined)));
  routes.route("/", mcp);
  if (page !== undefined) routes.route("/", page);
  routes.get("/v1", () => errorResponse(upgradeNeeded, { status: 426, headers: { upgrade: "websocket" } }));
  routes.notFound(noRoute(routes));
  return routes;
}
