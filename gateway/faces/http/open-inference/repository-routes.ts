/** Triton's statistics, and its control of the model repository. */
import { type Context, Hono } from "hono";
import { HeadgateError } from "../../../../protocol/errors.js";
import { requesterOf } from "../authentication.js";
import { whileComputing } from "../computing-answer.js";
import { readBody } from "../request-body.js";
import type { OpenInferenceDependencies } from "./dependencies.js";
import { repositoryIndex, unknownModel } from "./metadata.js";
import { modelStatistics } from "./statistics.js";

/** The bodies of these routes are small, and what they hold is not applied but for the index's `ready`. */
const bodyBytesMax = 1_024;

export function repositoryRoutes({ requests, authenticators, places }: OpenInferenceDependencies): Hono {
  const routes = new Hono();
  const statistics = async (context: Context) => {
    const requester = await requesterOf(context, authenticators);
    const { model, version } = context.req.param() as Partial<Record<"model" | "version", string>>;
    const found = inWords(model, () => requests.statistics(requester, model));
    const wanted = found.filter((each) => version === undefined || each.version === version);
    if (version !== undefined && wanted.length === 0) throw unknownModel(model ?? "", version);
    return context.json(modelStatistics(wanted));
  };
  // Before the routes of a model: no model is called stats.
  for (const path of ["", "/:model", "/:model/versions/:version"])
    routes.get(`/v2/models${path}/stats`, statistics);
  routes.post("/v2/repository/index", async (context) => {
    const requester = await requesterOf(context, authenticators);
    const { bytes, place } = await requests.lifecycle.reading(requester, () =>
      readBody(context.req.raw, bodyBytesMax, places),
    );
    place.leave();
    const readyOnly = bytes.length > 0 && /"ready"\s*:\s*true/.test(Buffer.from(bytes).toString("latin1"));
    return context.json(repositoryIndex(requests.describe(requester, undefined), readyOnly));
  });
  for (const action of ["load", "unload"] as const)
    routes.post(`/v2/repository/models/:model/${action}`, async (context) => {
      const requester = await requesterOf(context, authenticators);
      const { bytes, place } = await requests.lifecycle.reading(requester, () =>
        readBody(context.req.raw, bodyBytesMax, places),
      );
      place.leave();
      if (/"config"|"file:/.test(Buffer.from(bytes).toString("latin1")))
        throw requests.lifecycle.refused(
          requester,
          new HeadgateError(
            "unimplemented",
            "parameters: a config or files in a request are not taken; put them into the repository",
          ),
        );
      await whileComputing(context, requests.administer(requester, action, context.req.param("model")));
      return context.json({});
    });
  return routes;
}

/** Gives an unknown model Triton's words. */
function inWords<T>(model: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (model === undefined || !(error instanceof HeadgateError) || error.code !== "not_found") throw error;
    throw unknownModel(model);
  }
}
