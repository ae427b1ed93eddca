/**
 * The handlers of all requests except `infer` and `train`: each carries out a frame and creates the one frame that answers it.
 */
import type { DatasetVersion, PutFrame } from "../../../protocol/dataset-frames.js";
import { HeadgateError } from "../../../protocol/errors.js";
import type {
  ClientFrame,
  GatewayFrame,
  ObserveFrame,
  RefreshFrame,
  SubscribeFrame,
} from "../../../protocol/frames.js";
import type { SharedAnswer } from "../../../protocol/shared-answer.js";
import { type Authentication, isTemporary } from "../../auth/authenticator.js";
import type { Principal } from "../../auth/principal.js";
import { type UploadProgress, Uploads } from "../../datasets/uploads.js";
import { observeAck, openAck, stateAck } from "../../requests/stream-acks.js";
import type { SubscriptionPlace } from "../../requests/topic-service.js";
import { AnswerOrder } from "../../waiting/answer-order.js";
import type { Caller } from "./caller.js";
import type { ConnectionFeeds } from "./connection-feeds.js";
import { describeAck } from "./describe-ack.js";
import { carryOutScheduling } from "./schedule-frames.js";
import type { Services } from "./services.js";
import type { ConnectionSubscriptions } from "./subscriptions.js";
import { describeJobs, upload } from "./train-frames.js";
import { timeLeft } from "./welcome.js";

/** A frame that is answered, other than `infer` and `train`: all but `hello`, `cancel` and an `observe` without an id. */
export type RequestFrame =
  | Exclude<ClientFrame, { type: "hello" | "cancel" | "observe" | "infer" | "train" }>
  | (ObserveFrame & { readonly id: number });

/** @throws HeadgateError, or rejects with one, which becomes the answer to the request */
export function perform(
  frame: RequestFrame,
  caller: Caller,
  feeds: () => ConnectionFeeds,
  services: Services,
): GatewayFrame | SharedAnswer | Promise<GatewayFrame> {
  const { id } = frame;
  const { requests } = services;
  switch (frame.type) {
    case "describe":
      return describeAck(requests.describe(caller, frame.model, id));
    case "open":
      return requests.streams.open(caller, frame, id).then((answer) => openAck(frame, answer));
    case "observe":
      return requests.streams.observe(caller, frame, id).then((answer) => observeAck(frame, id, answer));
    case "close":
      return requests.streams
        .close(caller, frame.stream, id)
        .then(() => ({ type: "ack", id, stream: frame.stream }));
    case "state":
      return requests.streams.state(caller, frame, id).then((answer) => stateAck(frame, answer));
    case "subscribe":
      return requests.topics.subscribe(caller, frame.topic, id, (place) =>
        subscribe(frame, caller, feeds().subscriptions, place),
      );
    case "unsubscribe":
      requests.lifecycle.immediately(caller, "unsubscribe", id, () =>
        feeds().subscriptions.remove(frame.topic),
      );
      return { type: "ack", id, topic: frame.topic };
    case "put":
      return put(frame, caller, services).then((answer) => ({ type: "ack", id, ...answer }));
    case "append":
      return requests.datasets.append(caller, frame, id).then((version) => ({ type: "ack", id, ...version }));
    case "drop": {
      const { dataset, version } = frame;
      return requests.datasets
        .drop(caller, frame, id)
        .then(() => ({ type: "ack", id, dataset, ...(version !== undefined && { version }) }));
    }
    case "datasets":
      return { type: "ack", id, ...requests.datasets.list(caller, frame, id) };
    case "jobs":
      return describeJobs(frame, caller, services);
    case "cancel_job": {
      const { job } = frame;
      return requests.training.cancel(caller, job, id).then((state) => ({ type: "ack", id, job, state }));
    }
    case "upload":
      return upload(frame, caller, services);
    case "promote":
      return requests.promotions
        .promote(caller, frame, id)
        .then((record) => ({ type: "ack", id, model: frame.model, ...record }));
    case "rollback":
      return requests.promotions
        .rollback(caller, frame, id)
        .then((record) => ({ type: "ack", id, model: frame.model, ...record }));
    case "schedule":
    case "schedules":
    case "unschedule":
      return carryOutScheduling(frame, caller, services);
    case "refresh":
      return refresh(frame, caller, feeds, services);
    case "watch": {
      const interval_ms = requests.lifecycle.immediately(caller, "watch", id, () =>
        feeds().watches.add(frame),
      );
      return { type: "ack", id, topic: frame.topic, interval_ms };
    }
    case "unwatch":
      requests.lifecycle.immediately(caller, "unwatch", id, () => feeds().watches.remove(frame.topic));
      return { type: "ack", id, topic: frame.topic };
  }
}

function put(
  frame: PutFrame,
  caller: Caller,
  { requests, clock, config }: Services,
): Promise<UploadProgress | DatasetVersion> {
  const { id, upload, part = 0, last = false } = frame;
  if (upload === undefined) return requests.datasets.put(caller, frame, id);
  const { uploads: uploadsMax, upload_idle_ms: uploadIdleMs } = config.datasets;
  caller.uploads ??= new Uploads(clock, { uploadsMax, uploadIdleMs });
  return requests.datasets.putPart(caller, { ...frame, upload, part, last }, caller.uploads, id);
}

function subscribe(
  frame: SubscribeFrame,
  { principal }: Caller,
  subscriptions: ConnectionSubscriptions,
  place: SubscriptionPlace,
): GatewayFrame {
  const snapshots = subscriptions.add(principal.namespace, frame, place);
  return { type: "ack", id: frame.id, topic: frame.topic, ...(snapshots !== undefined && { snapshots }) };
}

function refresh(
  { id, token }: RefreshFrame,
  caller: Caller,
  feeds: () => ConnectionFeeds,
  { requests, authenticators, clock }: Services,
): GatewayFrame | Promise<GatewayFrame> {
  const take = (authentication: Authentication): GatewayFrame => {
    caller.principal = requests.lifecycle.immediately(caller, "refresh", id, () =>
      renewed(authentication, caller.principal, (found) => feeds().require(found)),
    );
    return { type: "ack", id, ...timeLeft(caller.principal, clock) };
  };
  caller.renewals ??= new AnswerOrder();
  return caller.renewals.use(authenticators.authenticate({ token }), take);
}

/**
 * The new principal, unless the connection would have to give up something that its client does not know of.
 * @param requireFeeds throws when a principal may not have what the connection subscribes to and watches
 */
function renewed(
  authentication: Authentication,
  present: Principal,
  requireFeeds: (found: Principal) => void,
): Principal {
  if (authentication.kind === "refused" && isTemporary(authentication))
    throw new HeadgateError("unavailable", "token: it cannot be checked now; the old one holds on", {
      processed: "no",
    });
  if (authentication.kind === "refused")
    throw new HeadgateError("unauthenticated", "token: unknown or expired; the old one holds on");
  const { principal: found } = authentication;
  if (found.namespace !== present.namespace || found.tenant !== present.tenant)
    throw new HeadgateError("permission_denied", "token: it belongs to another tenant or namespace");
  requireFeeds(found);
  return found;
}
