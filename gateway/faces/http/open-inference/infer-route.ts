/** Answers an Open Inference request, and cancels it when its client has gone. */
import type { Context } from "hono";
import { HeadgateError } from "../../../../protocol/errors.js";
import type { Answer } from "../../../scheduling/queued-request.js";
import { requesterOf } from "../authentication.js";
import type { TenantBodyPlaces } from "../body-places.js";
import { unlessGone } from "../client-departure.js";
import { whileComputing } from "../computing-answer.js";
import { readBody } from "../request-body.js";
import { holdUntilSent } from "../sent-body.js";
import { compressed } from "./compression.js";
import type { OpenInferenceDependencies } from "./dependencies.js";
import { type OpenInferenceRequest, readInferRequest } from "./infer-request.js";
import { inferResponse } from "./infer-response.js";

export interface NamedModel {
  readonly model: string;
  readonly version: string | undefined;
}

export async function infer(
  context: Context,
  { model, version }: NamedModel,
  dependencies: OpenInferenceDependencies,
): Promise<Response> {
  const { requests, authenticators, bodyBytesMax } = dependencies;
  const requester = await requesterOf(context, authenticators);
  inTritonWords(() => requests.requireInference(requester, model, version));
  const places = dependencies.places.of(requester.principal.tenant);
  const { bytes, place } = await requests.lifecycle.reading(requester, () =>
    readBody(context.req.raw, bodyBytesMax, places),
  );
  try {
    const read = await requests.lifecycle.reading(requester, () =>
      readInferRequest(bytes, {
        model,
        version,
        headerLength: context.req.header("inference-header-content-length"),
        key: context.req.header("idempotency-key"),
        traceparent: context.req.header("traceparent"),
      }),
    );
    const running = inTritonWords(() => requests.infer(requester, read.request, read.id));
    const answer = await whileComputing(
      context,
      unlessGone(context, running.answer, () => running.cancel()),
    );
    return await respond(context, answer, read, running.cached, places, dependencies);
  } finally {
    place.leave();
  }
}

/** @throws HeadgateError; for an unknown model its words are those that Triton's clients look for */
function inTritonWords<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof HeadgateError) || error.code !== "not_found") throw error;
    const [, words] = /^(?:model|version): (.*)$/s.exec(error.message) ?? [];
    if (words === undefined) throw error;
    throw new HeadgateError("not_found", `Request for unknown model: ${words}`, { cause: error });
  }
}

async function respond(
  context: Context,
  answer: Answer,
  read: OpenInferenceRequest,
  cached: boolean,
  places: TenantBodyPlaces,
  { clock, bodyBytesMax }: Pick<OpenInferenceDependencies, "clock" | "bodyBytesMax">,
): Promise<Response> {
  const { parts, headerLength } = inferResponse(answer, read, cached);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > bodyBytesMax)
    throw new HeadgateError(
      "resource_exhausted",
      `the answer is ${size} bytes, and a body has at most ${bodyBytesMax}, which is limits.message_bytes: ask for fewer outputs or rows`,
      { retryable: false, processed: "maybe" },
    );
  holdUntilSent(context, size, places, clock);
  return compressed(context.req.header("accept-encoding"), parts, {
    "content-type": headerLength === undefined ? "application/json" : "application/octet-stream",
    ...(headerLength !== undefined && { "inference-header-content-length": String(headerLength) }),
  });
}
