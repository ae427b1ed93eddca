/**
 * Requests that name a trained model by its handle: they wait until the model is open, within their deadline and
 * without a worker, and are then computed as requests of a model, in batches with others of the same handle.
 */
import type { Servable, Signature } from "../../../engines/servable.js";
import { validateInputs, validateOutputs } from "../../../engines/validate.js";
import { invalidArgument } from "../../../protocol/errors.js";
import type { WireTensors } from "../../../protocol/frames.js";
import type { TensorRequest } from "../../catalog/inference-request.js";
import type { Clock } from "../../clock.js";
import type { QuotaAccount } from "../../quotas/quota-account.js";
import type { Answer } from "../../scheduling/queued-request.js";
import { startOnce } from "../../waiting/deadline.js";
import type { PendingAnswer } from "../../waiting/pending-answer.js";
import type { KeptModels } from "./kept-models.js";
import { inDatatype, joinedAnswer, rowParts } from "./row-parts.js";

export interface ApplicationRequest {
  /** The signature of the application that is asked. */
  readonly signature: Signature;
  readonly request: TensorRequest;
  readonly namespace: string;
  readonly account: QuotaAccount | undefined;
  readonly timeoutMs: number;
}

/** Computes a request that fits a batch with the model itself. */
export type ComputeFunction = (
  model: Servable,
  request: TensorRequest,
  remainingMs: number,
) => PendingAnswer<Answer>;

export class KeptApplications {
  constructor(
    private readonly kept: Pick<KeptModels, "find">,
    private readonly trainers: ReadonlySet<string>,
    private readonly clock: Clock,
  ) {}

  /** Whether the servable is the application of a trainer. */
  concerns({ application }: Signature): boolean {
    return application !== undefined && this.trainers.has(application.of);
  }

  /** @throws HeadgateError invalid_argument without a handle, not_found for one that expired */
  start(asked: ApplicationRequest, compute: ComputeFunction): PendingAnswer<Answer> {
    const { signature, request, namespace, timeoutMs } = asked;
    const handle = request.parameters?.["handle"];
    if (typeof handle !== "string")
      throw invalidArgument(
        "parameters.handle",
        `missing; ${signature.name} takes the handle of a trained model`,
      );
    const found = this.kept.find(namespace, handle, signature.application?.of ?? "");
    if (!(found instanceof Promise)) return this.apply(found, asked, timeoutMs, compute);
    let model: Servable | undefined;
    const ready = found.then((servable) => {
      model = servable;
    });
    const message = `the training of ${handle} was not done within ${timeoutMs} ms; the handle stays good`;
    return startOnce(ready, { clock: this.clock, timeoutMs, message }, (remainingMs) =>
      this.apply(model as Servable, asked, remainingMs, compute),
    );
  }

  private apply(
    model: Servable,
    { request, account }: ApplicationRequest,
    timeoutMs: number,
    compute: ComputeFunction,
  ): PendingAnswer<Answer> {
    validateOutputs(model, request.outputs);
    const inputs = forModel(model, request.inputs);
    const parts = rowParts(inputs, model.scheduling.maxBatchSize);
    // Before any part is computed.
    for (const part of parts) validateInputs(model, part);
    const rows = parts.reduce((sum, part) => sum + (Object.values(part)[0]?.shape[0] ?? 0), 0);
    account?.requireCompute(rows, this.clock.now());
    const { parameters: _, ...rest } = request;
    const running: PendingAnswer<Answer>[] = [];
    const cancel = () => {
      for (const each of running) each.cancel();
    };
    try {
      for (const part of parts) running.push(compute(model, { ...rest, inputs: part }, timeoutMs));
    } catch (error) {
      for (const { answer } of running) answer.catch(() => undefined); // only this error is told
      cancel();
      throw error;
    }
    const answer = Promise.all(running.map((each) => each.answer)).then(joinedAnswer);
    answer.catch(cancel);
    return { answer, cancel };
  }
}

/** Scikit-learn casts rows to the datatype that an estimator computes with. */
function forModel({ signature }: Servable, inputs: WireTensors): WireTensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const spec = signature.inputs.find((each) => each.name === name);
      return [name, spec === undefined ? tensor : inDatatype(tensor, spec.datatypes)];
    }),
  );
}
