/** A training that goes on at the gateway, whatever becomes of this client. */
import { HeadgateError } from "../../protocol/errors.js";
import type { AckFrame, ClientFrame } from "../../protocol/frames.js";
import type {
  CurvePoint,
  JobDescription,
  JobProgress,
  JobState,
  JobsFrame,
} from "../../protocol/train-frames.js";
import type { JobFeeds } from "./job-feed.js";
import type { CallOptions } from "./options.js";
import { resultOfJob, type TrainingResult } from "./training.js";

/** Which jobs are listed. */
export interface JobsQuery extends CallOptions {
  /** Only those in this state. */
  readonly state?: JobState["state"];
  /** Only those older than this one, by its name. */
  readonly before?: string;
  /** So many at most. */
  readonly limit?: number;
}

/** Sends a request and waits for its `ack`. */
export type AskAck = (frame: (id: number) => ClientFrame, call?: CallOptions) => Promise<AckFrame>;

/** A job. `for await (const progress of job)` reads what it tells of itself, at most once a second, until it ends. */
export class TrainingJob implements AsyncIterable<JobProgress> {
  /** @internal */
  constructor(
    /** The name by which the gateway knows it. */
    readonly name: string,
    private readonly ask: AskAck,
    private readonly feeds: JobFeeds,
  ) {}

  /**
   * As it is now.
   * @param call the time of this call
   * @throws {@link HeadgateError} `not_found` when the gateway has no such job, or no longer
   */
  async state(call: CallOptions = {}): Promise<JobState> {
    return (await this.describe({}, call)).state;
  }

  /** The state at its end, over reconnections and restarts of the gateway. */
  wait(): Promise<JobState> {
    return this.feeds.use(this.name, (feed) => feed.ended());
  }

  /**
   * Waits for its end, and fetches the fitted attributes.
   * @param call the time of fetching them
   * @throws {@link HeadgateError} `cancelled`, or why it failed
   */
  async result(call: CallOptions = {}): Promise<TrainingResult> {
    const state = await this.wait();
    if (state.state !== "done") throw failureOf(state);
    const description = await this.describe({ outputs: true }, call);
    if (description.outputs === undefined)
      throw new HeadgateError(
        "failed_precondition",
        `job ${this.name}: the gateway no longer has its fitted attributes`,
      );
    return resultOfJob(state, description);
  }

  /**
   * Cancels it.
   * @param call the time of this call
   * @throws {@link HeadgateError} `failed_precondition` when it has ended
   */
  async cancel(call: CallOptions = {}): Promise<void> {
    await this.ask((id) => ({ type: "cancel_job", id, job: this.name }), call);
  }

  /**
   * The newest lines that the trainer and its libraries wrote.
   * @param call the time of this call
   */
  async log(call: CallOptions = {}): Promise<readonly string[]> {
    return (await this.describe({ log: true }, call)).log ?? [];
  }

  /**
   * Its learning curve.
   * @param call the time of this call
   */
  async curve(call: CallOptions = {}): Promise<readonly CurvePoint[]> {
    return (await this.describe({ log: true }, call)).curve ?? [];
  }

  /**
   * The exported model as an ONNX file, while the gateway keeps it under the job's handle.
   * @param call the time of each part of it
   * @throws {@link HeadgateError} `failed_precondition` when it was not asked to be kept, or is not kept any more
   */
  async onnx(call: CallOptions = {}): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let have = 0;
    for (let total = 1; have < total; ) {
      const { onnx: part } = await this.describe({ onnx_from: have }, call);
      if (part === undefined || part.bytes.length === 0)
        throw new HeadgateError(
          "failed_precondition",
          `job ${this.name}: its exported model is not kept: train with keepSeconds, and fetch it in that time`,
        );
      parts.push(part.bytes);
      have += part.bytes.length;
      total = part.total;
    }
    return joined(parts, have);
  }

  /** The newest progress, each once, until the job has ended. */
  async *[Symbol.asyncIterator](): AsyncGenerator<JobProgress, void> {
    const feed = this.feeds.enter(this.name);
    try {
      yield* feed.progress();
    } finally {
      this.feeds.leave(this.name, feed);
    }
  }

  private async describe(
    more: Pick<JobsFrame, "log" | "outputs" | "onnx_from">,
    call: CallOptions,
  ): Promise<JobDescription> {
    const ack = await this.ask((id) => ({ type: "jobs", id, job: this.name, ...more }), call);
    return ack as JobDescription & AckFrame;
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The error of a job that has ended without a result. */
function failureOf({ job, error }: JobState): HeadgateError {
  if (error === null) return new HeadgateError("cancelled", `job ${job} was cancelled`, { answered: true });
  return new HeadgateError(error.code, `job ${job}: ${error.message}`, { answered: true });
}
