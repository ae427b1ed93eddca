/** Answers an Open Inference request, and cancels it when its client has gone. */
import { HeadgateError } from "../../../../protocol/errors.js";
import type { Answer } from "../../../scheduling/queued-request.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlace, TenantBodyPlaces } from "../body-places.js";
import { unlessGone } from "../client-departure.js";
import { whileComputing } from "../computing-answer.js";
import { type HttpExchange, headerOf } from "../exchange.js";
import type { HttpReply } from "../reply.js";
import { readBody } from "../request-body.js";
import { compressed } from "./compression.js";
import type { OpenInferenceDependencies } from "./dependencies.js";
import { type OpenInferenceRequest, readInferRequest } from "./infer-request.js";
import { inferResponse } from "./infer-response.js";

export interface NamedModel {
  readonly model: string;
  readonly version: string | undefined;
}

/** The answer, and the memory that it takes until it is sent. */
export interface InferReply {
  readonly reply: HttpReply;
  readonly bytes: number;
  readonly place: BodyPlace;
}

/** @throws HeadgateError */
export async function infer(
  exchange: HttpExchange,
  { model, version }: NamedModel,
  dependencies: OpenInferenceDependencies,
): Promise<InferReply> {
  const { request } = exchange;
  const { requests, authenticators, bodyBytesMax } = dependencies;
  const requester = await requesterOf(exchange, authenticators);
  inTritonWords(() => requests.requireInference(requester, model, version));
  const places = dependencies.places.of(requester.principal.tenant);
  const { bytes, place } = await requests.lifecycle.reading(requester, () =>
    readBody(request, bodyBytesMax, places),
  );
  try {
    const read = await requests.lifecycle.reading(requester, () =>
      readInferRequest(bytes, {
        model,
        version,
        headerLength: headerOf(request, "inference-header-content-length"),
        key: headerOf(request, "idempotency-key"),
        traceparent: headerOf(request, "traceparent"),
      }),
    );
    const running = inTritonWords(() => requests.infer(requester, read.request, read.id));
    const answer = await whileComputing(
      exchange.incoming,
      unlessGone(exchange, running.answer, () => running.cancel()),
    );
    return await replyTo(request, answer, read, running.cached, places, bodyBytesMax);
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

async function replyTo(
  httpRequest: HttpExchange["request"],
  answer: Answer,
  read: OpenInferenceRequest,
  cached: boolean,
  places: TenantBodyPlaces,
  bodyBytesMax: number,
): Promise<InferReply> {
  const { parts, headerLength } = inferResponse(answer, read, cached);
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size > bodyBytesMax)
    throw new HeadgateError(
      "resource_exhausted",
      `the answer is ${size} bytes, and a body has at most ${bodyBytesMax}, which is limits.message_bytes: ask for fewer outputs or rows`,
      { retryable: false, processed: "maybe" },
    );
  const place = places.take(size);
  try {
    const reply = await compressed(headerOf(httpRequest, "accept-encoding"), parts, {
      "content-type": headerLength === undefined ? "application/json" : "application/octet-stream",
      ...(headerLength !== undefined && { "inference-header-content-length": String(headerLength) }),
    });
    return { reply, bytes: size, place };
  } catch (error) {
    place.leave();
    throw error;
  }
}
