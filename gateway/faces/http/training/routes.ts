/**
 * Training over HTTP: each route takes the fields of one frame, and answers the fields of its `result` or `ack`. A model
 * is uploaded as the body itself: there are no uploads in parts, which belong to a connection.
 */
import { type Context, Hono } from "hono";
import { invalidArgument } from "../../../../protocol/errors.js";
import { parseClientFrame } from "../../../../protocol/parse-client-frame.js";
import { parsePublication } from "../../../../protocol/parse-publication.js";
import type {
  CancelJobFrame,
  JobsFrame,
  Publication,
  TrainFrame,
} from "../../../../protocol/train-frames.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import type { Requester } from "../../../requests/requester.js";
import { backgroundFields, resultFields, trainingRequest } from "../../../requests/training-frames.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces } from "../body-places.js";
import { unlessGone } from "../client-departure.js";
import { whileComputing } from "../computing-answer.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { frameAnswer, frameOf, queryFrame } from "../frame-fields.js";
import { readQuery } from "../query.js";
import { readBody } from "../request-body.js";
import { jobQuerySchema, jobsQuerySchema, uploadQuerySchema } from "./operations.js";

export interface TrainingRouteDependencies {
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
}

export function trainingRoutes({ requests, authenticators, places }: TrainingRouteDependencies): Hono {
  const { training, lifecycle } = requests;
  const routes = new Hono();
  routes.onError(answerErrors);
  const requester = (context: Context) => requesterOf(exchangeOf(context), authenticators);
  routes.post("/v1/train", async (context) => {
    const caller = await requester(context);
    requests.requireScope(caller, "training:run", "train");
    const frame = await lifecycle.reading(caller, () =>
      frameOf<TrainFrame>(context, "train", places.of(caller.principal.tenant)),
    );
    const exchange = exchangeOf(context);
    const running = training.train(caller, trainingRequest(frame));
    const answered = await whileComputing(
      exchange.incoming,
      unlessGone(exchange, running.answer, () => running.cancel()),
    );
    return frameAnswer(backgroundFields(answered) ?? resultFields(answered, running.cached));
  });
  routes.get("/v1/jobs", async (context) => {
    const caller = await requester(context);
    const frame = await lifecycle.reading(caller, () =>
      queryFrame<JobsFrame>(context, "jobs", jobsQuerySchema),
    );
    return frameAnswer({ ...training.jobs(caller, frame) });
  });
  routes.get("/v1/jobs/:job", async (context) => {
    const caller = await requester(context);
    const {
      job = "",
      onnx_from: onnxFrom,
      log,
      outputs,
    } = await lifecycle.reading(caller, () =>
      jobFrame<JobsFrame>(context, "jobs", readQuery(context, jobQuerySchema)),
    );
    return frameAnswer({ job, ...(await training.job(caller, { job, log, outputs, onnxFrom })) });
  });
  routes.post("/v1/jobs/:job/cancel", async (context) => {
    const caller = await requester(context);
    requests.requireScope(caller, "training:run", "cancel_job");
    const { job } = await lifecycle.reading(caller, () =>
      jobFrame<CancelJobFrame>(context, "cancel_job", {}),
    );
    return frameAnswer({ job, state: await training.cancel(caller, job) });
  });
  routes.post("/v1/models/:model/versions", async (context) => {
    const caller = await requester(context);
    requests.requireScope(caller, "models:admin", "upload");
    const publication = await lifecycle.reading(caller, () => publicationOf(context));
    training.requireUpload(caller, publication);
    return frameAnswer({ ...(await upload(context, caller, publication)) });
  });
  const upload = async (context: Context, caller: Requester, publication: Publication) => {
    const { bytes, place } = await lifecycle.reading(caller, () => readFile(context, caller));
    try {
      return await whileComputing(
        exchangeOf(context).incoming,
        training.upload(caller, { publication, onnx: bytes }),
      );
    } finally {
      place.leave();
    }
  };
  const readFile = async (context: Context, caller: Requester) => {
    const ofTenant = places.of(caller.principal.tenant);
    const body = await readBody(context.req.raw, training.fileBytesMax, ofTenant);
    if (body.bytes.length > 0) return body;
    body.place.leave();
    throw invalidArgument("the body", "must be the bytes of an ONNX file, got none");
  };
  return routes;
}

/** The frame of a route whose path names the job. */
function jobFrame<F>(context: Context, type: string, fields: Readonly<Record<string, unknown>>): F {
  return parseClientFrame({ ...fields, type, id: 0, job: context.req.param("job") }, "json") as F;
}

/** @throws HeadgateError invalid_argument that names the field */
function publicationOf(context: Context): Publication {
  const {
    aliases,
    traffic,
    expires_after_ms: expiresAfterMs,
    ...rest
  } = readQuery(context, uploadQuerySchema);
  return parsePublication(
    {
      ...rest,
      model: context.req.param("model"),
      ...(traffic !== undefined && { traffic: numberOf(traffic) }),
      ...(expiresAfterMs !== undefined && { expires_after_ms: numberOf(expiresAfterMs) }),
      ...(typeof aliases === "string" && { aliases: aliases.split(",") }),
    },
    "",
  );
}

/** A number, which the query has as text where it is no integer. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^\d*\.?\d{1,17}$/.test(value) ? Number(value) : value;
}
