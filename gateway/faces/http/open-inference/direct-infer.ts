/**
 * Answers `POST /v2/models/.../infer` on Node's own request and response. It is the one route that agents ask
 * thousands of times a second: with Hono's router, Request and Response the socket thread took 87 µs for it, and takes
 * 75 without.
 * What is checked and answered is the same: both call `infer`.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeadgateError } from "../../../../protocol/errors.js";
import { errorReply } from "../error-response.js";
import { defectOf, type FailureReport } from "../failed-route.js";
import { discardUnread } from "../incoming-body.js";
import { writeReply } from "../reply.js";
import { holdUntilSent } from "../sent-body.js";
import type { OpenInferenceDependencies } from "./dependencies.js";
import { infer, type NamedModel } from "./infer-route.js";

/** Whether it answers the request; otherwise it has touched nothing. */
export type DirectRoute = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/** Names without percent-encoding, and no dot segments; other addresses of the same route are left to Hono. */
const inferPath = /^\/v2\/models\/([\w~-][\w.~-]*)(?:\/versions\/([\w~-][\w.~-]*))?\/infer(?:\?|$)/;

/** Other forms of a Host are left to Hono, which refuses those that are none. */
const plainHost = /^[\w.-]+(?::(?:\d{1,4}|[1-5]\d{4}))?$/;

export function directInfer(dependencies: OpenInferenceDependencies, failed: FailureReport): DirectRoute {
  return (incoming, outgoing) => {
    if (incoming.method !== "POST" || !plainHost.test(incoming.headers.host ?? "")) return false;
    const [, model, version] = inferPath.exec(incoming.url ?? "") ?? [];
    if (model === undefined) return false;
    void answer(incoming, outgoing, { model, version }, dependencies, failed);
    return true;
  };
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  named: NamedModel,
  dependencies: OpenInferenceDependencies,
  failed: FailureReport,
): Promise<void> {
  try {
    const exchange = { request: incoming, incoming, outgoing };
    const { reply, bytes, place } = await infer(exchange, named, dependencies);
    writeReply(outgoing, reply);
    holdUntilSent(outgoing, bytes, place, dependencies.clock);
  } catch (error) {
    discardUnread(incoming, outgoing);
    writeReply(outgoing, errorReply(error instanceof HeadgateError ? error : defectOf(error, failed)));
  }
}
