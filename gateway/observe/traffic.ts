/**
 * Where requests and batches report what they did while somebody watches the gateway's figures. Nobody listens at other
 * times, and each report is then one comparison with undefined.
 */
import type { Servable } from "../../engines/servable.js";
import type { ErrorCode } from "../../protocol/errors.js";

/** The share of one request in a batch. */
export interface BatchPart {
  readonly account: { readonly tenant: string };
  readonly rows: number;
}

export interface TrafficListener {
  /** A request of a tenant arrived with so many bytes of tensors. */
  received(tenant: string, bytes: number): void;
  /** An inference was answered with a result. */
  answered(tenant: string, servable: Servable, ms: number): void;
  /** An inference was answered with an error; no servable: it was refused before one was found. */
  refused(tenant: string, servable: Servable | undefined): void;
  /** A request of any kind was answered with an error. */
  failed(tenant: string, code: ErrorCode): void;
  /** Observations of a stream were accepted. */
  observed(tenant: string, observations: number): void;
  /** A batch was computed. */
  computed(servable: Servable, rows: number, computeMs: number, parts: readonly BatchPart[]): void;
}

export class TrafficTap {
  /** Undefined while nobody watches. */
  listener: TrafficListener | undefined;
}
