/** What both builds of the client offer. */
export { type ErrorCode, HeadgateError, type Processed } from "../../protocol/errors.js";
export type {
  FeedResumed,
  FeedSilent,
  PathKind,
  RegimeChange,
  RegimeState,
  Since,
  StreamClosed,
  StreamReplaced,
} from "../../protocol/frames.js";
export type { Datatype, Tensor, Values } from "../../protocol/tensor.js";
export type { Described, Description, Gate, KernelsMeasured } from "./gate.js";
export type {
  ConnectOptions,
  Fallback,
  FallbackRequest,
  GateEvent,
  InferOptions,
  InferResult,
  Tensors,
} from "./options.js";
export type { Observed, Stream, StreamOptions } from "./stream.js";
export type { RegimePath, StateOptions, StreamState } from "./stream-state.js";
export type {
  Change,
  FeedAlarm,
  StreamEnding,
  SubscribeOptions,
  Subscription,
  TopicHeartbeat,
  TopicSnapshot,
} from "./subscription.js";
export { tensor } from "./tensor.js";
