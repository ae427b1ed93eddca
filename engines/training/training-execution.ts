/** One training: its two results, which settle once each, and what its process says about it. */
import { HeadgateError } from "../../protocol/errors.js";
import { PipeMessageError, tensorsOf } from "./parse-pipe-message.js";
import type { ExportedMessage, FailedMessage, FromTrainer, ProgressMessage } from "./pipe-messages.js";
import type {
  ExportedModel,
  FittedTraining,
  TrainingListener,
  TrainingProgress,
  TrainingRun,
  TrainingWork,
} from "./trainer.js";

/** A message about a job. */
type JobMessage = Exclude<FromTrainer, { readonly type: "ready" }>;

export class TrainingExecution implements TrainingRun {
  readonly fitted: Promise<FittedTraining>;
  readonly exported: Promise<ExportedModel> | undefined;
  private readonly fittedResult = new Result<FittedTraining>();
  private readonly exportedResult: Result<ExportedModel> | undefined;
  private isFitted = false;
  private hasEnded = false;
  /** Asks whoever has the training to stop it; it fails then. */
  private stop: (() => void) | undefined;
  private isCancelled = false;

  constructor(
    readonly work: TrainingWork,
    readonly listener: TrainingListener,
  ) {
    this.exportedResult = work.export ? new Result<ExportedModel>() : undefined;
    this.fitted = this.fittedResult.promise;
    this.exported = this.exportedResult?.promise;
  }

  /** Whether nothing more is to be done for it. */
  get ended(): boolean {
    return this.hasEnded;
  }

  /** Whether it was asked to stop. */
  get cancelling(): boolean {
    return this.isCancelled;
  }

  cancel(): void {
    if (this.hasEnded || this.isCancelled) return;
    this.isCancelled = true;
    this.stop?.();
  }

  /** Says who stops it from now on. */
  stoppedBy(stop: () => void): void {
    this.stop = stop;
    if (this.isCancelled) stop();
  }

  /** @throws PipeMessageError when the message has no place here */
  take(message: JobMessage, libraries: Readonly<Record<string, string>>): void {
    if (message.job !== this.work.job) throw new PipeMessageError(`job ${message.job} does not run here`);
    switch (message.type) {
      case "progress":
        return this.listener.progress(progressOf(message));
      case "checkpoint":
        return this.listener.checkpoint(message.state);
      case "failed":
        return this.fail(this.isCancelled ? cancelled() : failedTraining(message));
      case "fitted":
        if (this.isFitted) throw new PipeMessageError("it was fitted before");
        this.isFitted = true;
        this.hasEnded = this.exportedResult === undefined;
        this.fittedResult.resolve({
          outputs: tensorsOf(message.outputs),
          fitMs: message.fit_ms,
          libraries,
        });
        return;
      case "exported":
        if (!this.isFitted || this.exportedResult === undefined)
          throw new PipeMessageError("nothing was to be exported now");
        this.hasEnded = true;
        this.exportedResult.resolve(modelOf(message));
        return;
    }
  }

  /** Fails what has not settled; later calls have no effect. */
  fail(error: HeadgateError): void {
    this.hasEnded = true;
    this.fittedResult.reject(error);
    this.exportedResult?.reject(error);
  }
}

export function cancelled(): HeadgateError {
  return new HeadgateError("cancelled", "the training was cancelled");
}

/** The same training fails again: a client that repeated it would take the same memory and time once more. */
function failedTraining({ code, message }: FailedMessage): HeadgateError {
  return new HeadgateError(code, message, { retryable: false, processed: "maybe" });
}

class Result<T> {
  resolve!: (value: T) => void;
  reject!: (error: HeadgateError) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    // A caller who has the error of one result need not ask for that of the other.
    this.promise.catch(() => {});
  }
}

function progressOf({
  iteration,
  share_done: shareDone,
  loss,
  score,
  figures,
}: ProgressMessage): TrainingProgress {
  return {
    ...(iteration !== undefined && { iteration }),
    ...(shareDone !== undefined && { shareDone }),
    ...(loss !== undefined && { loss }),
    ...(score !== undefined && { score }),
    ...(figures !== undefined && { figures: finiteOf(figures) }),
  };
}

function modelOf({ onnx, inputs, outputs, golden, tolerance, convert_ms }: ExportedMessage): ExportedModel {
  return {
    onnx,
    inputs,
    outputs,
    golden: { inputs: tensorsOf(golden.inputs), outputs: tensorsOf(golden.outputs) },
    tolerance,
    convertMs: convert_ms,
  };
}

/** Those of a training that diverges are left out: the last finite ones stay. */
function finiteOf(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
}
