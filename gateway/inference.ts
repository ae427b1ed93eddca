/** From an `infer` frame to its answer: find the servable, hold the request against it, queue it. */
import type { Catalog } from "../engines/catalog.js";
import type { Servable } from "../engines/servable.js";
import {
  requireInferable,
  validateInputs,
  validateOutputs,
  validateParameters,
} from "../engines/validate.js";
import { invalidArgument } from "../protocol/errors.js";
import type { Infer } from "../protocol/frames.js";
import type { Principal } from "./keys.js";
import type { Idempotency } from "./scheduling/idempotency.js";
import type { Answer, Scheduler } from "./scheduling/scheduler.js";

export interface Answered extends Answer {
  readonly model: string;
  readonly version: string;
}

export interface Running {
  readonly servable: Servable;
  readonly answer: Promise<Answered>;
  /** True when the answer was computed for an earlier request with the same key. */
  readonly cached: boolean;
  cancel(): void;
}

export class Inference {
  constructor(
    private readonly catalog: Catalog,
    private readonly scheduler: Scheduler,
    private readonly idempotency: Idempotency<Answered>,
  ) {}

  /** @throws HeadgateError when the request is wrong or cannot be taken; nothing runs then */
  start(frame: Infer, principal: Principal): Running {
    const servable = this.catalog.resolve(frame.model, frame.version);
    const { key } = frame;
    if (key === undefined) return this.submit(servable, frame, principal);
    const known = this.idempotency.known(principal.namespace, { ...frame, key });
    const shared =
      known ??
      this.idempotency.keep(principal.namespace, { ...frame, key }, this.submit(servable, frame, principal));
    return { servable, cached: known !== undefined, ...shared.join() };
  }

  private submit(servable: Servable, frame: Infer, principal: Principal): Running {
    const { signature, scheduling } = servable;
    requireInferable(servable);
    const { rows, bucket } = validateInputs(servable, frame.inputs);
    const parameters = validateParameters(signature.name, signature.parameters, frame.parameters);
    validateOutputs(servable, frame.outputs);
    const request = this.scheduler.submit({
      servable,
      inputs: frame.inputs,
      parameters,
      outputs: frame.outputs,
      rows,
      bucket,
      tenant: principal.tenant,
      weight: principal.weight,
      priority: priorityOf(servable, frame.priority),
      timeoutMs: frame.timeout_ms || scheduling.defaultTimeoutMs,
    });
    const { name: model, version } = signature;
    const answer = request.answer.then((answered) => ({ ...answered, model, version }));
    return { servable, answer, cached: false, cancel: () => this.scheduler.cancel(request) };
  }
}

function priorityOf({ signature, scheduling }: Servable, asked: number | undefined): number {
  if (!asked) return scheduling.defaultPriority;
  if (asked > scheduling.priorityLevels)
    throw invalidArgument(
      "priority",
      `${signature.name} has levels 1 (highest) to ${scheduling.priorityLevels}, got ${asked}`,
    );
  return asked;
}
