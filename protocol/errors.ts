/**
 * The errors that Headgate reports to clients. They share one base class with a stable `code` from gRPC's list, in
 * lower case. Programs should compare the `code`; the message is for people.
 */

export const errorCodes = [
  "invalid_argument",
  "not_found",
  "deadline_exceeded",
  "cancelled",
  "resource_exhausted",
  "unavailable",
  "unauthenticated",
  "permission_denied",
  "failed_precondition",
  "unimplemented",
  "internal",
] as const;

/** The codes of errors: gRPC's, in lower case. */
export type ErrorCode = (typeof errorCodes)[number];

/**
 * `no`: the request was certainly not run and can be sent again. `maybe`: it may have run, so it should be repeated
 * only with a `key`.
 */
export type Processed = "no" | "maybe";

export interface ErrorDetails {
  /** Whether the same request may succeed later. Derived from the code when absent. */
  readonly retryable?: boolean;
  /** Milliseconds after which a retry is sensible. */
  readonly retryAfterMs?: number;
  readonly processed?: Processed;
  /** Whether a gateway sent the error; false when the connection to it failed. Only clients set it. */
  readonly answered?: boolean;
  readonly cause?: unknown;
}

const retryableCodes: ReadonlySet<ErrorCode> = new Set(["resource_exhausted", "unavailable"]);

/**
 * Codes of errors that occur by the thousand under load and whose place in the code does not matter: a stack trace
 * would take 10 to 30 µs each.
 */
const withoutTrace: ReadonlySet<ErrorCode> = new Set([
  "resource_exhausted",
  "unavailable",
  "deadline_exceeded",
  "cancelled",
]);

/** A request that failed. Programs should compare its `code`; the message is for people. */
export class HeadgateError extends Error {
  /** The kind of failure, as gRPC's code in lower case. */
  readonly code: ErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds after which a retry is sensible, where that is known. */
  readonly retryAfterMs: number | undefined;
  /** `no` when the request was certainly not run. */
  readonly processed: Processed;
  /** Whether a gateway sent the error; false for an error that the client itself detected. */
  readonly answered: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { stackTraceLimit } = Error;
    if (withoutTrace.has(code)) Error.stackTraceLimit = 0;
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "HeadgateError";
    this.code = code;
    this.retryable = details.retryable ?? retryableCodes.has(code);
    this.retryAfterMs = details.retryAfterMs;
    this.processed = details.processed ?? "no";
    this.answered = details.answered ?? false;
  }
}

/** An error for an invalid request: it names the path of the field, the given value and the allowed values. */
export function invalidArgument(field: string, problem: string): HeadgateError {
  return new HeadgateError("invalid_argument", `${field}: ${problem}`);
}

export const closeCodes = {
  goingAway: 1001,
  protocolError: 1002,
  policyViolated: 1008,
  messageTooBig: 1009,
  restarting: 1012,
  overloaded: 1013,
  malformed: 4400,
  badToken: 4401,
  forbidden: 4403,
  noSubprotocol: 4406,
  helloTimeout: 4408,
  quota: 4429,
  tokenExpired: 4440,
  slowConsumer: 4480,
  noPong: 4481,
} as const;

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];

/** A close frame's reason has at most 123 bytes (RFC 6455, section 5.5). */
const closeReasonMax = 123;

/**
 * A frame that violates the protocol: the connection is closed with `closeCode`. The message can be used as the
 * reason of the close frame: it is printable ASCII and short, whatever the client sent.
 */
export class ProtocolError extends Error {
  readonly closeCode: CloseCode;

  constructor(message: string, closeCode: CloseCode = closeCodes.malformed) {
    super(message.replace(/[^\x20-\x7e]/g, "?").slice(0, closeReasonMax));
    this.name = "ProtocolError";
    this.closeCode = closeCode;
  }
}
