/**
 * The Open Inference Protocol, version 2, with Triton's extensions that its clients call. Each route translates, and
 * asks the request service that the socket asks.
 */
import { type Context, Hono } from "hono";
import { requesterOf } from "../authentication.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { responseOf } from "../reply.js";
import { holdUntilSent } from "../sent-body.js";
import type { OpenInferenceDependencies } from "./dependencies.js";
import { infer } from "./infer-route.js";
import { isReady, modelConfig, modelMetadata, unknownModel, versionsOf } from "./metadata.js";
import { repositoryRoutes } from "./repository-routes.js";

const extensions = ["binary_tensor_data", "model_repository", "model_configuration", "statistics"];

export function openInferenceRoutes(dependencies: OpenInferenceDependencies): Hono {
  const { server, requests, authenticators } = dependencies;
  const routes = new Hono();
  const describe = async (context: Context) => {
    const requester = await requesterOf(exchangeOf(context), authenticators);
    return requests.describe(requester, undefined);
  };
  routes.onError(answerErrors);
  routes.get("/v2", async (context) => {
    await requesterOf(exchangeOf(context), authenticators);
    const [name = "headgate", version = ""] = server.split("/");
    return context.json({ name, version, extensions });
  });
  routes.route("/", repositoryRoutes(dependencies));
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
    routes.post(`${path}/infer`, async (context) => {
      const exchange = exchangeOf(context);
      const { reply, bytes, place } = await infer(exchange, named(context), dependencies);
      holdUntilSent(exchange.outgoing, bytes, place, dependencies.clock);
      return responseOf(reply);
    });
  }
  return routes;
}
