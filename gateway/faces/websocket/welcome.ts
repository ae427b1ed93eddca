import type { WelcomeFrame } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import type { Principal } from "../../auth/principal.js";
import type { Clock } from "../../clock.js";
import type { Services } from "./services.js";

/**
 * How long a principal's token is still good: a duration, because the client's clock may differ. Absent where the token
 * does not expire.
 */
export function timeLeft(
  { expiresAt }: Pick<Principal, "expiresAt">,
  clock: Pick<Clock, "wall">,
): Pick<WelcomeFrame, "expires_in_ms"> {
  if (expiresAt === Infinity) return {};
  return { expires_in_ms: Math.max(0, Math.floor(expiresAt - clock.wall())) };
}

/** Creates the frame that answers an accepted hello. */
export function welcome(
  connection: string,
  principal: Principal,
  { config, clock, hub, server }: Services,
): WelcomeFrame {
  return {
    type: "welcome",
    connection,
    epoch: hub.log.epoch,
    server,
    features: [
      "infer",
      "describe",
      "regimes",
      "json",
      "history",
      "state",
      "heartbeat",
      "silence",
      "endings",
      "expiry",
      "watch",
      "datasets",
      "train",
      "jobs",
      "upload",
      "promote",
      "schedule",
      "model_expiry",
    ],
    ping_ms: config.heartbeat.ping_ms,
    pong_ms: config.heartbeat.pong_ms,
    credits: config.limits.requests_in_flight,
    ...timeLeft(principal, clock),
    limits: {
      message_bytes: config.limits.message_bytes,
      message_frames: limits.message_frames_max,
      text_bytes: limits.text_bytes_max,
      text_values: limits.text_values_max,
      nesting: limits.nesting_max,
      tensors: limits.tensors_max,
      tensor_elements: limits.tensor_elements_max,
      observations: limits.observations_max,
      requests_in_flight: config.limits.requests_in_flight,
      bytes_in_flight: config.limits.bytes_in_flight,
      subscriptions: config.limits.subscriptions,
    },
  };
}
