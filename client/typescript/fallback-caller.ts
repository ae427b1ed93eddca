/** Asks the user's fallback when no gateway answers, and reports that it answered. */
import type { HeadgateError } from "../../protocol/errors.js";
import { callHook } from "./hooks.js";
import type { ConnectOptions, FallbackRequest, InferResult } from "./options.js";
import type { Outages } from "./outages.js";

export class FallbackCaller {
  constructor(
    private readonly options: ConnectOptions,
    private readonly outages: Outages,
  ) {}

  /** The fallback's answer. @throws the gateway's error when the fallback has none */
  async answer(request: FallbackRequest, error: HeadgateError): Promise<InferResult> {
    const started = performance.now();
    const outputs = await this.options.fallback?.(request, error);
    if (outputs === undefined) throw error;
    this.report(request.model, error);
    return {
      model: request.model,
      version: request.version ?? "",
      outputs,
      backend: "fallback",
      precision: "",
      timing: { queueMs: 0, computeMs: performance.now() - started, batchSize: 1 },
      cached: false,
      source: "fallback",
    };
  }

  private report(model: string, error: HeadgateError): void {
    const { onEvent, onFallback } = this.options;
    const isFirst = this.outages.countFallback(model);
    if (isFirst && onEvent === undefined && onFallback === undefined)
      console.warn(
        `headgate: ${model} is answered by the fallback: ${error.message} ` +
          "(further ones of this outage are counted, not logged)",
      );
    callHook(onEvent, { kind: "fallback", model, source: "fallback", error });
    callHook(onFallback, { model, source: "fallback", error });
  }
}
