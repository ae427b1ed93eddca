/**
 * The Open Inference Protocol, version 2, with Triton's extensions that its clients call. Each route translates, and
 * asks the request service that the socket asks.
 */
import { type Context, Hono } from "hono";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces } from "../body-places.js";
import { answerErrors } from "../error-response.js";
import { readBody } from "../request-body.js";
import { compressed } from "./compression.js";
import { readInferRequest } from "./infer-request.js";
import { inferResponse } from "./infer-response.js";
import {
  isReady,
  modelConfig,
  modelMetadata,
  repositoryIndex,
  unknownModel,
  versionsOf,
} from "./metadata.js";

export interface OpenInferenceDependencies {
  /** The gateway's name and version, such as `headgate/1.2.3`. */
  readonly server: string;
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
  readonly bodyBytesMax: number;
}

const extensions = ["binary_tensor_data", "model_repository", "model_configuration"];

export function openInferenceRoutes(dependencies: OpenInferenceDependencies): Hono {
  const { server, requests, authenticators } = dependencies;
  const routes = new Hono();
  const describe = async (context: Context) => {
    const requester = await requesterOf(context, authenticators);
    return requests.describe(requester, undefined);
  };
  routes.onError(answerErrors);
  routes.get("/v2", async (context) => {
    await requesterOf(context, authenticators);
    const [name = "headgate", version = ""] = server.split("/");
    return context.json({ name, version, extensions });
  });
  for (const path of ["/v2/models/:model", "/v2/models/:model/versions/:version"]) {
    const named = (context: Context) => ({
      model: context.req.param("model") ?? "",
      version: context.req.param("version"),
    });
    routes.get(path, async (context) => {
      const { model, version } = named(context);
      return context.json(modelMetadata(model, versionsOf(await describe(context), model, version)));
    });
    routes.get(`${path}/ready`, async (context) => {
      const { model, version } = named(context);
      const ready = versionsOf(await describe(context), model, version).some(isReady);
      return context.json({ name: model, ready }, ready ? 200 : 503);
    });
    routes.get(`${path}/config`, async (context) => {
      const { model, version } = named(context);
      const versions = versionsOf(await describe(context), model, version);
      const found = versions.find(isReady) ?? versions[0];
      if (found === undefined) throw unknownModel(model, version);
      return context.json(modelConfig(found));
    });
    routes.post(`${path}/infer`, (context) => infer(context, named(context), dependencies));
  }
  routes.post("/v2/repository/index", async (context) => {
    const requester = await requesterOf(context, authenticators);
    const { bytes, place } = await readBody(context.req.raw, 1_024, dependencies.places);
    place.leave();
    const readyOnly = bytes.length > 0 && /"ready"\s*:\s*true/.test(Buffer.from(bytes).toString("latin1"));
    return context.json(repositoryIndex(requests.describe(requester, undefined), readyOnly));
  });
  return routes;
}

async function infer(
  context: Context,
  { model, version }: { readonly model: string; readonly version: string | undefined },
  { requests, authenticators, places, bodyBytesMax }: OpenInferenceDependencies,
): Promise<Response> {
  const requester = await requesterOf(context, authenticators);
  requests.requireServing(requester);
  const { bytes, place } = await readBody(context.req.raw, bodyBytesMax, places);
  try {
    const read = readInferRequest(bytes, {
      model,
      version,
      headerLength: context.req.header("inference-header-content-length"),
      key: context.req.header("idempotency-key"),
      traceparent: context.req.header("traceparent"),
    });
    const running = requests.infer(requester, read.request, read.id);
    const { signal } = context.req.raw;
    const leave = () => running.cancel();
    signal.addEventListener("abort", leave);
    try {
      const answer = await running.answer;
      const { parts, headerLength } = inferResponse(answer, read, running.cached);
      return await compressed(context.req.header("accept-encoding"), parts, {
        "content-type": headerLength === undefined ? "application/json" : "application/octet-stream",
        ...(headerLength !== undefined && { "inference-header-content-length": String(headerLength) }),
      });
    } finally {
      signal.removeEventListener("abort", leave);
    }
  } finally {
    place.leave();
  }
}
