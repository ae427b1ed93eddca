import type { WelcomeFrame } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import type { Services } from "./services.js";

/** Creates the frame that answers an accepted hello. */
export function welcome(connection: string, { config, hub, server }: Services): WelcomeFrame {
  return {
    type: "welcome",
    connection,
    epoch: hub.log.epoch,
    server,
    features: ["infer", "describe", "regimes", "json", "history", "state", "heartbeat", "silence", "endings"],
    ping_ms: config.heartbeat.ping_ms,
    pong_ms: config.heartbeat.pong_ms,
    credits: config.limits.requests_in_flight,
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
