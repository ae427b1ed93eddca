/** What a user may say to `connect`, and what the client tells back. */
import type { HeadgateError } from "../../protocol/errors.js";
import type { Parameters } from "../../protocol/frames.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Backoff } from "./backoff.js";

export type Tensors = Readonly<Record<string, Tensor>>;

export interface ConnectOptions {
  /** A key of the gateway's config, or a function that gives one at each connection. Default: HEADGATE_TOKEN. */
  readonly token?: string | (() => string | Promise<string>);
  /** Name of this client in the gateway's log. */
  readonly client?: string;
  /** Milliseconds for the first connection. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds for one attempt of it, after which the next address is tried. Default 10,000. */
  readonly attemptTimeoutMs?: number;
  /** Milliseconds a request has when it does not say. Default 30,000. */
  readonly timeoutMs?: number;
  /** Times a request is sent before its refusal is told: 1 never tries again. Default 5. */
  readonly attemptsMax?: number;
  /** Bytes of the largest message to take. Default 32 MiB. */
  readonly maxMessageBytes?: number;
  /** `json` sends the same frames as text. Default `msgpack`. */
  readonly encoding?: "msgpack" | "json";
  /** Answers a request when no gateway does. */
  readonly fallback?: Fallback;
  /** Milliseconds without a gateway after which requests go to the fallback. Default 1,000. */
  readonly fallbackAfterMs?: number;
  /** Hears what happens to the connection. */
  readonly onEvent?: (event: GateEvent) => void;
  /** Default 0.5 s to 20 s. */
  readonly backoff?: Backoff;
}

export interface FallbackRequest {
  readonly model: string;
  readonly version: string | undefined;
  readonly inputs: Tensors;
  readonly parameters: Parameters;
}

/** Outputs computed here, or undefined: then the caller gets the gateway's error. */
export type Fallback = (
  request: FallbackRequest,
  error: HeadgateError,
) => Tensors | undefined | Promise<Tensors | undefined>;

export type GateEvent =
  | { readonly kind: "connected"; readonly url: string; readonly connection: string }
  | { readonly kind: "disconnected"; readonly url: string; readonly code: number; readonly reason: string }
  | { readonly kind: "reconnecting"; readonly inMs: number; readonly attempt: number }
  | { readonly kind: "draining"; readonly deadlineMs: number }
  | { readonly kind: "fallback"; readonly model: string; readonly error: HeadgateError }
  /** The gateway no longer knew a stream: its detector starts afresh. */
  | { readonly kind: "stream_restarted"; readonly stream: string }
  /**
   * The gateway has less of a stream than was acked before: it is another gateway, or its data folder was taken back to
   * an older one. Feed again what came after `lastTs` (null: all of it).
   */
  | {
      readonly kind: "observations_lost";
      readonly stream: string;
      /** Milliseconds since the epoch of the newest observation that was acked. */
      readonly ackedTs: number;
      readonly lastTs: number | null;
    }
  /** The gateway could not take observations; they are lost unless sent again. */
  | { readonly kind: "observe_failed"; readonly stream: string; readonly error: HeadgateError }
  /** The client gave up: the gateway said that trying again is useless. */
  | { readonly kind: "failed"; readonly error: HeadgateError };

export interface InferOptions {
  readonly version?: string;
  readonly parameters?: Parameters;
  /** Names of the outputs wanted; all when absent. */
  readonly outputs?: readonly string[];
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** 1 is the highest. */
  readonly priority?: number;
  /** Idempotency key: a repeat within the gateway's window runs nothing. */
  readonly key?: string;
  readonly traceparent?: string;
}

export interface InferResult {
  readonly model: string;
  readonly version: string;
  readonly outputs: Tensors;
  readonly backend: string;
  readonly precision: string;
  readonly timing: { readonly queueMs: number; readonly computeMs: number; readonly batchSize: number };
  /** True when the answer was computed for an earlier request. */
  readonly cached: boolean;
  /** Who computed it. */
  readonly source: "gateway" | "fallback";
}
