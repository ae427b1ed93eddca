/** One call of `infer`: its frame, what its answer means to the caller, and what is counted of it. */
import type { EncodedMessage } from "../../protocol/codec.js";
import type { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame, ResultFrame } from "../../protocol/frames.js";
import type { ClientMetrics } from "./client-metrics.js";
import type { FallbackCaller } from "./fallback-caller.js";
import type { InferTemplates } from "./infer-templates.js";
import type { InferOptions, InferResult, Inputs, Tensors } from "./options.js";
import type { RequestCall } from "./pending-request.js";
import { inferFrame, resultOf } from "./request-frames.js";

/** What all calls of a client have in common. */
export interface InferSetup {
  readonly metrics: ClientMetrics;
  /** Undefined where the user gave none. */
  readonly fallback: FallbackCaller | undefined;
  /** Undefined where frames are text. */
  readonly templates: InferTemplates | undefined;
}

export class InferCall implements RequestCall<InferResult> {
  readonly repeatable: boolean;
  readonly impatient: boolean;
  readonly signal: AbortSignal | undefined;
  private readonly startedMs = performance.now();

  constructor(
    private readonly setup: InferSetup,
    private readonly model: string,
    private readonly inputs: Inputs,
    private readonly options: InferOptions,
    readonly timeoutMs: number,
  ) {
    this.repeatable = options.key !== undefined;
    this.impatient = setup.fallback !== undefined;
    this.signal = options.signal;
  }

  frame(id: number, remainingMs: number): ClientFrame {
    return inferFrame(id, this.model, this.inputs, this.options, remainingMs);
  }

  encoded(id: number, remainingMs: number): EncodedMessage | undefined {
    return this.setup.templates?.encode(id, this.model, this.inputs, this.options, remainingMs);
  }

  answered(frame: GatewayFrame): InferResult {
    const result = resultOf(frame as ResultFrame);
    this.setup.metrics.answered(result.source, performance.now() - this.startedMs);
    return result;
  }

  failed(error: HeadgateError): Promise<InferResult> {
    const { fallback } = this.setup;
    const { inputs } = this;
    // Later, because the user's function may ask this client again, which is going through its requests now.
    if (fallback !== undefined && isNoAnswer(error) && areTensors(inputs))
      return Promise.resolve().then(() => this.fallenBack(fallback, inputs, error));
    this.setup.metrics.failed(error);
    throw error;
  }

  private async fallenBack(
    fallback: FallbackCaller,
    inputs: Tensors,
    error: HeadgateError,
  ): Promise<InferResult> {
    const { metrics } = this.setup;
    const { version, parameters = {} } = this.options;
    try {
      const result = await fallback.answer({ model: this.model, version, inputs, parameters }, error);
      metrics.answered(result.source, performance.now() - this.startedMs);
      return result;
    } catch (failure) {
      metrics.failed(failure);
      throw failure;
    }
  }
}

/** Whether no gateway answered, as against a gateway that refused the request itself. */
function isNoAnswer({ code }: HeadgateError): boolean {
  return code === "unavailable" || code === "deadline_exceeded" || code === "resource_exhausted";
}

function areTensors(inputs: Inputs): inputs is Tensors {
  return Object.values(inputs).every((input) => "datatype" in input);
}
