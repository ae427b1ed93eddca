/** Logs one line for each request that ends, at level `debug`, so that a single request can be traced. */
import type { Logger } from "pino";
import type { InferenceRequest } from "../catalog/inference-request.js";
import type { Answer } from "../scheduling/queued-request.js";
import type { Requester, RequestName } from "./requester.js";

/** The properties of a request that are known when it begins. */
export interface RequestStart {
  readonly requester: Requester;
  readonly type: string;
  readonly name: RequestName;
  /** The inference request; absent for requests of other types. */
  readonly request?: InferenceRequest;
}

export class RequestLog {
  private constructor(private readonly log: Pick<Logger, "debug">) {}

  /** Undefined when the log level is above `debug`; then this log costs a request no time. */
  static of(log: Logger): RequestLog | undefined {
    return log.isLevelEnabled("debug") ? new RequestLog(log) : undefined;
  }

  answered(start: RequestStart, requestMs: number, answer?: Answer, cached = false): void {
    this.log.debug(
      { ...fields(start), ...answered(answer, cached), request_ms: requestMs },
      "request answered",
    );
  }

  /** @param code of the error as the client receives it */
  failed(start: RequestStart, requestMs: number, code: string, message: string): void {
    this.log.debug({ ...fields(start), code, reason: message, request_ms: requestMs }, "request failed");
  }
}

function fields({ requester, type, name, request }: RequestStart): Record<string, unknown> {
  const { connection, principal } = requester;
  const { tenant, namespace } = principal;
  const asked = request && {
    model: request.model,
    trace_id: traceIdOf(request.traceparent),
    ...keyOf(request),
  };
  return { type, request: name, connection, tenant, namespace, ...asked };
}

/** Only whether a key was given: the key itself is not logged because it may identify a business transaction. */
const keyOf = ({ key }: InferenceRequest) => (key === undefined ? undefined : { keyed: true });

function answered(answer: Answer | undefined, cached: boolean): Record<string, unknown> {
  if (answer === undefined) return {};
  const { version, backend, timing } = answer;
  return { version, backend, ...timing, ...(cached && { cached }) };
}

/** The trace id of a W3C `traceparent`; a value in another form is logged unchanged. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? "")?.[1] ?? traceparent;
}
