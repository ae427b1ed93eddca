/** What a user may say to `connect` and `infer`, and what the client reports back. */

import type { HeadgateError } from "../../protocol/errors.js";
import type { Parameters } from "../../protocol/frames.js";
import type { InputsUsed, TensorReference } from "../../protocol/reference.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Backoff } from "./backoff.js";
import type { Outage } from "./outages.js";

/** Tensors by the name of the input or output. */
export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * Whom a client trusts, and the certificate that it shows: PEM texts, as Node's `tls.connect` takes them. The gateway's
 * certificate is always verified. In browsers the browser has these settings.
 */
export interface TlsOptions {
  /** The authorities to trust, in place of those that Node trusts. */
  readonly ca?: string | readonly string[];
  /** The client's own certificate, where the gateway asks for one. */
  readonly cert?: string;
  /** The private key of that certificate. */
  readonly key?: string;
  /** The passphrase of the key, where it is encrypted. */
  readonly passphrase?: string;
}

/** Settings of a client. */
export interface ConnectOptions {
  /**
   * An API key or a JWT, or a function that gives one: it is asked before each connection, and again before the token
   * expires, which the client then renews on the open connection. Default: HEADGATE_TOKEN.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Certificates for `wss://` addresses, or a function that is asked for them at each connection. */
  readonly tls?: TlsOptions | (() => TlsOptions | Promise<TlsOptions>);
  /** Name of this client in the gateway's log. */
  readonly client?: string;
  /** False: `connect` returns at once and connects in the background; calls wait in their own time. Default true. */
  readonly wait?: boolean;
  /** Milliseconds that `connect` waits for the first connection. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds for one attempt to connect, after which the next address is tried. Default 10,000. */
  readonly attemptTimeoutMs?: number;
  /** Milliseconds that a request has when it names none. Default 30,000. */
  readonly timeoutMs?: number;
  /** How often a request is sent before its refusal is reported: 1 never tries again. Default 5. */
  readonly attemptsMax?: number;
  /** Bytes of the largest message to take. Default 32 MiB. */
  readonly maxMessageBytes?: number;
  /** `json` sends the same frames as text. Default `msgpack`. */
  readonly encoding?: "msgpack" | "json";
  /** Answers a request when no gateway does. */
  readonly fallback?: Fallback;
  /** Milliseconds without a gateway after which requests go to the fallback. Default 1,000. */
  readonly fallbackAfterMs?: number;
  /** Is called with what happens to the connection. Without it, outages are logged to the console. */
  readonly onEvent?: (event: GateEvent) => void;
  /** Is called each time that the fallback answered. */
  readonly onFallback?: (alert: Alert) => void;
  /** Is called when a gateway answers again after an outage. */
  readonly onBack?: (outage: Outage) => void;
  /** Pauses between attempts to connect. Default: 0.5 s that grow to 20 s. */
  readonly backoff?: Backoff;
}

/** Inputs by name: tensors, or references to rows that the gateway has. */
export type Inputs = Readonly<Record<string, Tensor | TensorReference>>;

/** The request that a fallback is to answer. */
export interface FallbackRequest {
  /** The model's name. */
  readonly model: string;
  /** The version that was asked for, if one was. */
  readonly version: string | undefined;
  /** The inputs by name. */
  readonly inputs: Tensors;
  /** The parameters that were given. */
  readonly parameters: Parameters;
}

/** Computes outputs here. When it returns undefined, the caller gets the gateway's error. */
export type Fallback = (
  request: FallbackRequest,
  error: HeadgateError,
) => Tensors | undefined | Promise<Tensors | undefined>;

/** That a fallback answered, as `onFallback` is given it. */
export interface Alert {
  /** The model that was asked. */
  readonly model: string;
  /** Who answered. */
  readonly source: InferResult["source"];
  /** Why the gateway did not. */
  readonly error: HeadgateError;
}

/** What happened to the connection. Match its `kind`. */
export type GateEvent =
  | ConnectedEvent
  | DisconnectedEvent
  | ReconnectingEvent
  | DrainingEvent
  | FallbackEvent
  | StreamRestartedEvent
  | ObservationsLostEvent
  | ObserveFailedEvent
  | TokenNotRenewedEvent
  | FailedEvent;

/** There is a connection. */
export interface ConnectedEvent {
  /** Tells the events apart. */
  readonly kind: "connected";
  /** The gateway's address. */
  readonly url: string;
  /** The connection's name in the gateway's log. */
  readonly connection: string;
}

/** A connection was lost, or could not be had. */
export interface DisconnectedEvent {
  /** Tells the events apart. */
  readonly kind: "disconnected";
  /** The gateway's address. */
  readonly url: string;
  /** The WebSocket close code; 1006 without one. */
  readonly code: number;
  /** Why, in words. */
  readonly reason: string;
}

/** The client will try to connect again. */
export interface ReconnectingEvent {
  /** Tells the events apart. */
  readonly kind: "reconnecting";
  /** Milliseconds until the attempt. */
  readonly inMs: number;
  /** Attempts in a row that failed. */
  readonly attempt: number;
}

/** The gateway will stop. The client goes to another address, or comes back. */
export interface DrainingEvent {
  /** Tells the events apart. */
  readonly kind: "draining";
  /** Milliseconds for which the gateway still answers what it has. */
  readonly deadlineMs: number;
}

/** The fallback answered a request. */
export interface FallbackEvent extends Alert {
  /** Tells the events apart. */
  readonly kind: "fallback";
}

/** The gateway no longer knew a stream: its detector starts afresh. */
export interface StreamRestartedEvent {
  /** Tells the events apart. */
  readonly kind: "stream_restarted";
  /** The stream's name. */
  readonly stream: string;
}

/**
 * The gateway has less of a stream than was acknowledged before: it is another gateway, or its data folder was set
 * back to an older one. Feed again what came after `lastTs`; all of it when that is null.
 */
export interface ObservationsLostEvent {
  /** Tells the events apart. */
  readonly kind: "observations_lost";
  /** The stream's name. */
  readonly stream: string;
  /** Milliseconds since the epoch of the newest observation that was acknowledged. */
  readonly ackedTs: number;
  /** Milliseconds since the epoch of the newest observation that the gateway has. */
  readonly lastTs: number | null;
}

/** The gateway could not take observations; they are lost unless they are sent again. */
export interface ObserveFailedEvent {
  /** Tells the events apart. */
  readonly kind: "observe_failed";
  /** The stream's name. */
  readonly stream: string;
  /** Why. */
  readonly error: HeadgateError;
}

/**
 * The function that makes tokens failed, or the gateway refused what it gave. The client tries again until the token
 * expires; then the gateway ends the connection.
 */
export interface TokenNotRenewedEvent {
  /** Tells the events apart. */
  readonly kind: "token_not_renewed";
  /** Why. */
  readonly error: HeadgateError;
}

/** The client gave up, because to try again would be useless. */
export interface FailedEvent {
  /** Tells the events apart. */
  readonly kind: "failed";
  /** Why. */
  readonly error: HeadgateError;
}

/** The time of one call. */
export interface CallOptions {
  /** Milliseconds for everything: waiting, retries and the gateway's own work. Default: `ConnectOptions.timeoutMs`. */
  readonly timeoutMs?: number;
}

/** What a request may say beside its inputs. */
export interface InferOptions extends CallOptions {
  /** The model's version. Default: the one that the gateway chooses. */
  readonly version?: string;
  /** Parameters by name; `describe` tells which there are. */
  readonly parameters?: Parameters;
  /** Names of the outputs that are wanted. Default: all. */
  readonly outputs?: readonly string[];
  /** Aborting it cancels the request, also at the gateway. */
  readonly signal?: AbortSignal;
  /** 1 is the highest. */
  readonly priority?: number;
  /** Idempotency key: a repeat within the gateway's window runs nothing. */
  readonly key?: string;
  /** The caller's trace, as W3C Trace Context writes it. */
  readonly traceparent?: string;
}

/** The answer to `infer`. */
export interface InferResult {
  /** The model that answered. */
  readonly model: string;
  /** Its version. */
  readonly version: string;
  /** The outputs by name. */
  readonly outputs: Tensors;
  /** What computed it, such as `onnx` or `lapack`. */
  readonly backend: string;
  /** The precision that it was computed in, such as `fp64`. */
  readonly precision: string;
  /** How long it waited and was computed. */
  readonly timing: ResultTiming;
  /** True when the answer was computed for an earlier request. */
  readonly cached: boolean;
  /** Who computed it. */
  readonly source: "gateway" | "fallback";
  /** Which version and rows the references among the inputs stood for; absent where there was none. */
  readonly inputsUsed?: InputsUsed;
}

/** How long a request waited and was computed. */
export interface ResultTiming {
  /** Milliseconds that it waited at the gateway. */
  readonly queueMs: number;
  /** Milliseconds that it was computed. */
  readonly computeMs: number;
  /** Rows that were computed together. */
  readonly batchSize: number;
}
