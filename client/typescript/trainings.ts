/** A client's trainings: started and waited for, listed, and models that are given as ONNX files. */
import { HeadgateError } from "../../protocol/errors.js";
import type { AckFrame, ClientFrame, ResultFrame } from "../../protocol/frames.js";
import type { JobState, Publication, PublishedVersion } from "../../protocol/train-frames.js";
import { type AskAck, type JobsQuery, TrainingJob } from "./job.js";
import { type JobFeedActions, JobFeeds } from "./job-feed.js";
import { type UploadOptions, uploadParts } from "./model-upload.js";
import type { CallOptions, Inputs } from "./options.js";
import type { RequestSpec } from "./pending-request.js";
import { type TrainingResult, type TrainOptions, trainFrame, trainingResultOf } from "./training.js";

export interface TrainingActions {
  readonly ack: AskAck;
  readonly ask: (spec: RequestSpec) => Promise<AckFrame | ResultFrame>;
  readonly subscribe: JobFeedActions["subscribe"];
  /** Settles once there is a connection. @throws UnavailableError when there is none in a call's time */
  readonly reached: () => Promise<void>;
  /** Milliseconds of a call that names this time. */
  readonly timeoutOf: (askedMs?: number) => number;
  /** Bytes of the largest message that the gateway takes. */
  readonly messageBytes: () => number;
  /** Refuses what the gateway that is there does not know. */
  readonly requireFeature: (feature: string) => void;
}

/** Milliseconds for the last part of an upload: it is answered once the version was opened and tried, and serves. */
const uploadTimeoutMs = 600_000;

export class ClientTrainings {
  private readonly feeds: JobFeeds;

  constructor(private readonly actions: TrainingActions) {
    this.feeds = new JobFeeds({ subscribe: actions.subscribe, state: (job) => this.job(job).state() });
  }

  async train(trainer: string, inputs: Inputs, given: TrainOptions): Promise<TrainingResult | TrainingJob> {
    const { actions } = this;
    const background = given.background === true;
    // In the background it is sent again after a lost connection, and must not begin twice.
    const options = background && given.key === undefined ? { ...given, key: randomName() } : given;
    if (given.timeoutMs === undefined) await actions.reached();
    const hasOwnTime = given.timeoutMs !== undefined && !background;
    const answer = await actions.ask({
      frame: (id, remainingMs) => {
        actions.requireFeature("train");
        this.requireExpiry(options.publish);
        return trainFrame(id, trainer, inputs, options, hasOwnTime ? remainingMs : undefined);
      },
      repeatable: options.key !== undefined,
      timeoutMs: given.timeoutMs === undefined && !background ? Infinity : actions.timeoutOf(given.timeoutMs),
      signal: given.signal,
    });
    if (answer.type === "ack") return this.job(String(answer["job"]));
    if (answer.training === undefined)
      throw new HeadgateError("internal", "the gateway's answer tells nothing of the training");
    return trainingResultOf({ ...answer, training: answer.training });
  }

  async jobs({ state, before, limit, ...call }: JobsQuery): Promise<readonly JobState[]> {
    const ack = await this.ask("jobs", call, (id) => ({
      type: "jobs",
      id,
      ...(state !== undefined && { state }),
      ...(before !== undefined && { before }),
      ...(limit !== undefined && { limit }),
    }));
    return ack["jobs"] as readonly JobState[];
  }

  job(name: string): TrainingJob {
    return new TrainingJob(name, (frame, call = {}) => this.ask("jobs", call, frame), this.feeds);
  }

  async upload(model: string, onnx: Uint8Array, options: UploadOptions): Promise<PublishedVersion> {
    await this.actions.reached();
    const name = randomName();
    let answer: AckFrame | undefined;
    for (const part of uploadParts(model, onnx, options, this.actions.messageBytes(), name))
      answer = (await this.actions.ask({
        frame: (id) => {
          this.actions.requireFeature("upload");
          this.requireExpiry(part.publish);
          return { ...part, id };
        },
        repeatable: false,
        timeoutMs: this.actions.timeoutOf(options.timeoutMs ?? uploadTimeoutMs),
      })) as AckFrame;
    return { model: String(answer?.["model"]), version: String(answer?.["version"]) };
  }

  /** A gateway that does not know the field would pass over it, and the version would never expire. */
  private requireExpiry(publish: Publication | undefined): void {
    if (publish?.expires_after_ms !== undefined) this.actions.requireFeature("model_expiry");
  }

  private ask(feature: string, call: CallOptions, frame: (id: number) => ClientFrame): Promise<AckFrame> {
    return this.actions.ack((id) => {
      this.actions.requireFeature(feature);
      return frame(id);
    }, call);
  }
}

/** `crypto.randomUUID` is missing on pages that were not loaded over HTTPS. */
function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
