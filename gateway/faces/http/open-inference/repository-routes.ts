/** Triton's statistics, and its control of the model repository. */
import { type Context, Hono } from "hono";
import { HeadgateError, invalidArgument } from "../../../../protocol/errors.js";
import { type Fields, has, isFields, kindOf, readBoolean, readFields } from "../../../../protocol/fields.js";
import type { AdministrationAction } from "../../../requests/model-administration.js";
import type { Requester } from "../../../requests/requester.js";
import { requesterOf } from "../authentication.js";
import { BodyTooLargeError } from "../body-too-large.js";
import { whileComputing } from "../computing-answer.js";
import { exchangeOf } from "../exchange.js";
import { parseJson } from "../json-text.js";
import { readBody } from "../request-body.js";
import type { OpenInferenceDependencies } from "./dependencies.js";
import { repositoryIndex, unknownModel } from "./metadata.js";
import { modelStatistics } from "./statistics.js";

/** The bodies of these routes hold no tensors. */
const bodyBytesMax = 65_536;

export function repositoryRoutes({ requests, authenticators, places }: OpenInferenceDependencies): Hono {
  const routes = new Hono();
  const statistics = async (context: Context) => {
    const requester = await requesterOf(exchangeOf(context), authenticators);
    const { model, version } = context.req.param() as Partial<Record<"model" | "version", string>>;
    const found = inWords(model, () => requests.statistics(requester, model));
    const wanted = found.filter((each) => version === undefined || each.version === version);
    if (version !== undefined && wanted.length === 0) throw unknownModel(model ?? "", version);
    return context.json(modelStatistics(wanted));
  };
  // Before the routes of a model: no model is called stats.
  for (const path of ["", "/:model", "/:model/versions/:version"])
    routes.get(`/v2/models${path}/stats`, statistics);
  const reading = <T>(context: Context, requester: Requester, read: (body: Fields) => T) =>
    requests.lifecycle.reading(requester, async () => {
      const room = places.of(requester.principal.tenant);
      const { bytes, place } = await readBody(context.req.raw, bodyBytesMax, room);
      place.leave();
      return read(fieldsOf(bytes));
    });
  routes.post("/v2/repository/index", async (context) => {
    const requester = await requesterOf(exchangeOf(context), authenticators);
    const readyOnly = await reading(
      context,
      requester,
      (body) => body["ready"] !== undefined && readBoolean(body, "ready"),
    );
    return context.json(repositoryIndex(requests.describe(requester, undefined), readyOnly));
  });
  for (const action of ["load", "unload"] as const)
    routes.post(`/v2/repository/models/:model/${action}`, async (context) => {
      const requester = await requesterOf(exchangeOf(context), authenticators);
      requests.requireScope(requester, "models:admin", action);
      await asLoaded(action, () => reading(context, requester, requireNoFiles));
      await whileComputing(
        exchangeOf(context).incoming,
        requests.administer(requester, action, context.req.param("model")),
      );
      return context.json({});
    });
  return routes;
}

/** @throws HeadgateError invalid_argument */
function fieldsOf(bytes: Uint8Array): Fields {
  const body = bytes.length === 0 ? {} : parseJson(bytes);
  if (!isFields(body)) throw invalidArgument("the body", `must be a JSON object, got ${kindOf(body)}`);
  return body;
}

/** @throws HeadgateError unimplemented, or invalid_argument */
function requireNoFiles(body: Fields): void {
  const parameters = has(body, "parameters") ? readFields(body, "parameters") : {};
  const foreign = Object.keys(parameters).find((name) => name === "config" || name.startsWith("file:"));
  if (foreign !== undefined) throw noFiles();
}

function noFiles(): HeadgateError {
  return new HeadgateError(
    "unimplemented",
    "parameters: a config or files in a request are not taken; put them into the repository",
  );
}

/** Only a config or files can make the body of `load` large: the answer is the same whether it was read or not. */
async function asLoaded(action: AdministrationAction, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    throw action === "load" && error instanceof BodyTooLargeError ? noFiles() : error;
  }
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
