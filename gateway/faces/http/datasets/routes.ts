/**
 * Datasets over HTTP: each route takes the fields of one frame as JSON, and answers the fields of its `ack`. There is no
 * put in parts, which belongs to a connection: what is larger than a body is appended to.
 */
import { type Context, Hono } from "hono";
import type { AppendFrame, DatasetsFrame, DropFrame, PutFrame } from "../../../../protocol/dataset-frames.js";
import { invalidArgument } from "../../../../protocol/errors.js";
import type { Authenticators } from "../../../auth/authenticators.js";
import type { RequestService } from "../../../requests/request-service.js";
import type { Requester } from "../../../requests/requester.js";
import { requesterOf } from "../authentication.js";
import type { BodyPlaces } from "../body-places.js";
import { answerErrors } from "../error-response.js";
import { exchangeOf } from "../exchange.js";
import { frameAnswer, frameOf, queryFrame } from "../frame-fields.js";
import { datasetsQuerySchema } from "./operations.js";

export interface DatasetRouteDependencies {
  readonly requests: RequestService;
  readonly authenticators: Pick<Authenticators, "authenticate">;
  readonly places: BodyPlaces;
}

export function datasetRoutes({ requests, authenticators, places }: DatasetRouteDependencies): Hono {
  const routes = new Hono();
  routes.onError(answerErrors);
  const requester = (context: Context) => requesterOf(exchangeOf(context), authenticators);
  /** Whoever may not write datasets has no body read. */
  const writer = async (context: Context, type: string) => {
    const caller = await requester(context);
    requests.requireScope(caller, "datasets:write", type);
    return caller;
  };
  const readFrame = <F>(context: Context, caller: Requester, type: string) =>
    requests.lifecycle.reading(caller, () => frameOf<F>(context, type, places.of(caller.principal.tenant)));
  routes.post("/v1/datasets/put", async (context) => {
    const caller = await writer(context, "put");
    const frame = await requests.lifecycle.reading(caller, async () => {
      const { upload, ...whole } = await frameOf<PutFrame>(
        context,
        "put",
        places.of(caller.principal.tenant),
      );
      if (upload === undefined) return whole;
      throw invalidArgument(
        "upload",
        "a put in parts is for a WebSocket: put the first rows and append the others",
      );
    });
    return frameAnswer({ ...(await requests.datasets.put(caller, frame)) });
  });
  routes.post("/v1/datasets/append", async (context) => {
    const caller = await writer(context, "append");
    const frame = await readFrame<AppendFrame>(context, caller, "append");
    return frameAnswer({ ...(await requests.datasets.append(caller, frame)) });
  });
  routes.post("/v1/datasets/drop", async (context) => {
    const caller = await writer(context, "drop");
    const frame = await readFrame<DropFrame>(context, caller, "drop");
    await requests.datasets.drop(caller, frame);
    const { dataset, version } = frame;
    return frameAnswer({ dataset, ...(version !== undefined && { version }) });
  });
  routes.get("/v1/datasets", async (context) => {
    const caller = await requester(context);
    const frame = await requests.lifecycle.reading(caller, () =>
      queryFrame<DatasetsFrame>(context, "datasets", datasetsQuerySchema),
    );
    return frameAnswer({ ...requests.datasets.list(caller, frame) });
  });
  return routes;
}
