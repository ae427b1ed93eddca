/**
 * Every error Headgate tells a caller: one base class with a stable `code` from gRPC's list, in
 * lower case. Callers match `code`; the message is for people.
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

/** The codes that errors have: gRPC's, in lower case. */
export type ErrorCode = (typeof errorCodes)[number];

/** `no`: surely not run, safe to send again. `maybe`: it may have run; repeat only under a `key`. */
export type Processed = "no" | "maybe";

export interface ErrorDetails {
  /** Whether the same request may succeed later. Derived from the code when absent. */
  readonly retryable?: boolean;
  /** Milliseconds after which a retry is worth it. */
  readonly retryAfterMs?: number;
  readonly processed?: Processed;
  /** Whether a gateway said so, as against the way to it. Only clients set it. */
  readonly answered?: boolean;
  readonly cause?: unknown;
}

const retryableCodes: ReadonlySet<ErrorCode> = new Set(["resource_exhausted", "unavailable"]);

/** Told by the thousand under load, and not by the line that made them: a stack trace would take 10 to 30 us each. */
const withoutTrace: ReadonlySet<ErrorCode> = new Set([
  "resource_exhausted",
  "unavailable",
  "deadline_exceeded",
  "cancelled",
]);

/** A request that was not answered with a result. Match its `code`; its message is for people. */
export class HeadgateError extends Error {
  /** gRPC's name of what went wrong, in lower case. */
  readonly code: ErrorCode;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds after which a retry is worth it, where that is known. */
  readonly retryAfterMs: number | undefined;
  /** `no` when the request surely was not run. */
  readonly processed: Processed;
  /** Whether a gateway said so; false for what the client itself found. */
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

/** A request that is wrong: the field's path, what was given, what is wanted. */
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

/** A close frame's reason holds at most 123 bytes (RFC 6455, section 5.5). */
const closeReasonMax = 123;

/**
 * A frame that breaks the protocol: the connection closes with `closeCode`. The message is fit to be
 * the close's reason: printable ASCII, and short, whatever the client sent.
 */
export class ProtocolError extends Error {
  readonly closeCode: CloseCode;

  constructor(message: string, closeCode: CloseCode = closeCodes.malformed) {
    super(message.replace(/[^\x20-\x7e]/g, "?").slice(0, closeReasonMax));
    this.name = "ProtocolError";
    this.closeCode = closeCode;
  }
}
