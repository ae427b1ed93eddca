/** What each request does: one handler a frame, each making the one frame that answers it. */
import { HeadgateError } from "../../../protocol/errors.js";
import type { ClientFrame, GatewayFrame, Infer, Observe, Open, Refresh } from "../../../protocol/frames.js";
import type { SharedAnswer } from "../../../protocol/shared-answer.js";
import type { Principal } from "../../auth/keys.js";
import type { InferenceRequest } from "../../catalog/inference-request.js";
import type { Running } from "../../requests/inference.js";
import type { Answer } from "../../scheduling/request.js";
import type { House } from "./house.js";
import { stateAck } from "./state-ack.js";
import type { Subscriptions } from "./subscriptions.js";

/** A frame that is answered: all but `hello`, `cancel` and an `observe` without an id. */
export type Requesting = Exclude<ClientFrame, { type: "hello" | "cancel" }> & { readonly id: number };

/** Whom a handler works for. */
export interface Caller {
  principal: Principal;
  readonly connection: Connection;
}

export interface Connection {
  readonly subscriptions: Subscriptions;
  /** Tells how a running request can be ended. */
  running(id: number, request: Running): void;
}

/** @throws HeadgateError, or rejects with one: the request is answered by it */
export function perform(
  frame: Requesting,
  caller: Caller,
  house: House,
): GatewayFrame | SharedAnswer | Promise<GatewayFrame> {
  const { id } = frame;
  const { namespace } = caller.principal;
  switch (frame.type) {
    case "infer":
      return infer(frame, caller, house);
    case "describe":
      return house.descriptions.of(frame.model);
    case "open":
      return open(frame, namespace, house);
    case "observe":
      return observe({ ...frame, id }, namespace, house);
    case "close":
      return house.streams
        .close(namespace, frame.stream)
        .then(() => ({ type: "ack", id, stream: frame.stream }));
    case "state":
      return stateAck(frame, namespace, house);
    case "subscribe": {
      const snapshots = caller.connection.subscriptions.add(namespace, frame);
      return { type: "ack", id, topic: frame.topic, ...(snapshots !== undefined && { snapshots }) };
    }
    case "unsubscribe":
      caller.connection.subscriptions.remove(frame.topic);
      return { type: "ack", id, topic: frame.topic };
    case "refresh":
      caller.principal = renewed(frame, caller.principal, house);
      return { type: "ack", id };
  }
}

function infer(frame: Infer, caller: Caller, { inference, clock, metrics }: House): Promise<GatewayFrame> {
  const running = inference.start(requestOf(frame), caller.principal);
  caller.connection.running(frame.id, running);
  const startedAt = clock.now();
  return running.answer.then(
    (answered) => {
      const queueMs = running.cached ? 0 : answered.timing.queue_ms; // the first's is counted already
      metrics.answered(running.servable, clock.now() - startedAt, queueMs);
      return resultFrame(frame.id, answered, running.cached);
    },
    (error: unknown) => {
      metrics.refused(running.servable, error);
      throw error;
    },
  );
}

function requestOf(frame: Infer): InferenceRequest {
  const { model, version, inputs, parameters, outputs, timeout_ms: timeoutMs, priority, key } = frame;
  return { model, version, inputs, parameters, outputs, timeoutMs, priority, key };
}

function resultFrame(id: number, answered: Answer, cached: boolean): GatewayFrame {
  const { model, version, outputs, backend, precision, timing } = answered;
  return {
    type: "result",
    id,
    model,
    version,
    backend,
    precision,
    timing,
    cached: cached || undefined,
    outputs, // last, so that a large one ends the message
  };
}

/** Answered once what was observed before is taken: a feed goes on from `last_ts`. */
async function open(frame: Open, namespace: string, { streams }: House): Promise<GatewayFrame> {
  const { id, stream: name, detector } = frame;
  const { created, stream } = streams.open(namespace, frame);
  const { observations, last_ts } = await stream.settled();
  return { type: "ack", id, stream: name, detector, created, last_ts, observations };
}

async function observe(
  frame: Observe & { readonly id: number },
  namespace: string,
  { streams }: House,
): Promise<GatewayFrame> {
  const taken = await streams.observe(namespace, frame);
  return { type: "ack", id: frame.id, stream: frame.stream, duplicate: taken.accepted === 0, ...taken };
}

function renewed({ token }: Refresh, present: Principal, { keys, clock }: House): Principal {
  const found = keys.principal(token, clock.wall());
  if (found === undefined)
    throw new HeadgateError("unauthenticated", "token: unknown or expired; the old one holds on");
  if (found.namespace !== present.namespace || found.tenant !== present.tenant)
    throw new HeadgateError("permission_denied", "token: it belongs to another tenant or namespace");
  return found;
}
