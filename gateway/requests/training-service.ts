/** The requests that train, that list and cancel trainings, and that upload a model. */
import { HeadgateError } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import { tensorsToWire } from "../../protocol/tensor.js";
import type {
  JobDescription,
  JobList,
  JobState,
  Publication,
  PublishedVersion,
} from "../../protocol/train-frames.js";
import { requireScope } from "../auth/authorization.js";
import type { Principal } from "../auth/principal.js";
import type { JobQuery } from "../jobs/job-register.js";
import type { Jobs } from "../jobs/jobs.js";
import type { TrainedModels } from "../models/trained-models.js";
import type { BytePlaces } from "../quotas/byte-places.js";
import { tensorsBytes } from "../quotas/tensor-bytes.js";
import {
  type ModelPartRequest,
  type ModelUploadProgress,
  type ModelUploads,
  requireSize,
  type UploadedFile,
} from "./model-uploads.js";
import type { LifecycleDependencies, RequestLifecycle } from "./request-lifecycle.js";
import type { RequestStart } from "./request-log.js";
import type { Requester, RequestName } from "./requester.js";
import type { TrainingAnswer, TrainingRequest } from "./training-request.js";
import type { PendingTraining, Trainings } from "./trainings.js";

/** What the description of one job includes beside its state. */
export interface JobDetailRequest {
  readonly job: string;
  readonly log?: boolean | undefined;
  readonly outputs?: boolean | undefined;
  /** The first byte of the exported model to include; absent: none. */
  readonly onnxFrom?: number | undefined;
}

export interface UploadRequest {
  readonly publication: Publication;
  readonly onnx: Uint8Array;
}

export interface TrainingHandle {
  /** Rejects with a HeadgateError whose message is fit for the client. */
  readonly answer: Promise<TrainingAnswer>;
  /** True when the answer was computed for an earlier request with the same key. */
  readonly cached: boolean;
  cancel(): void;
}

export interface TrainingServiceParts {
  readonly trainings: Pick<Trainings, "start">;
  readonly jobs: Pick<Jobs, "list" | "describe" | "history" | "outputs" | "summary" | "cancel">;
  readonly models: Pick<TrainedModels, "requirePublishable" | "upload" | "part">;
  /** The memory of all uploads that are under way. */
  readonly uploadPlaces: BytePlaces;
  /** Bytes that one uploaded file may have. */
  readonly fileBytesMax: number;
  /** The uploads of a new connection. */
  readonly newUploads: () => ModelUploads;
}

export interface TrainingDependencies extends LifecycleDependencies {
  readonly training: TrainingServiceParts;
}

export class TrainingService {
  constructor(
    private readonly lifecycle: RequestLifecycle,
    private readonly dependencies: TrainingDependencies,
  ) {}

  /** @throws HeadgateError when the request is invalid or cannot be accepted; then nothing is trained */
  train(requester: Requester, request: TrainingRequest, name?: RequestName): TrainingHandle {
    const { lifecycle } = this;
    const { clock, requestLog } = this.dependencies;
    const requestStart: RequestStart = { requester, type: "train", name };
    const startedAt = clock.now();
    const running = this.start(requestStart, startedAt, request);
    lifecycle.began();
    const answer = running.answer.then(
      (answered) => {
        lifecycle.ended();
        requestLog?.answered(requestStart, clock.now() - startedAt, answered, running.cached);
        return answered;
      },
      (error: unknown) => {
        lifecycle.ended();
        throw lifecycle.failure(requestStart, startedAt, error);
      },
    );
    return { answer, cached: running.cached, cancel: () => running.cancel() };
  }

  /**
   * The namespace's jobs, newest first.
   * @throws HeadgateError permission_denied, or not_found for a job to begin at that there is not
   */
  jobs(requester: Requester, query: Partial<JobQuery>, name?: RequestName): JobList {
    return this.lifecycle.immediately(requester, "jobs", name, () => {
      requireScope(requester.principal, "training:run");
      const { state, before, limit = limits.jobs_listed_default } = query;
      return this.dependencies.training.jobs.list(requester.principal.namespace, { state, before, limit });
    });
  }

  /** Describes one job of the namespace. */
  job(requester: Requester, request: JobDetailRequest, name?: RequestName): Promise<JobDescription> {
    return this.lifecycle.work(requester, "jobs", name, async () => {
      this.lifecycle.admit(requester);
      requireScope(requester.principal, "training:run");
      return this.describe(requester.principal, request);
    });
  }

  /**
   * Settles once the job's end is on disk. A tenant without requests left may cancel: otherwise it could not give back
   * what it holds.
   */
  cancel(requester: Requester, job: string, name?: RequestName): Promise<JobState> {
    this.lifecycle.immediately(requester, "cancel_job", name, () =>
      requireScope(requester.principal, "training:run"),
    );
    return this.lifecycle.work(requester, "cancel_job", name, () =>
      this.dependencies.training.jobs.cancel(requester.principal.namespace, job),
    );
  }

  /** Settles once the file serves as a version of its model. */
  upload(requester: Requester, { publication, onnx }: UploadRequest, name?: RequestName) {
    return this.receive(requester, onnx, name, async (principal) => {
      requireSize(onnx.length, this.dependencies.training.fileBytesMax);
      return this.publish(publication, onnx, principal);
    });
  }

  /**
   * Takes a part of a file. The last one is answered as an upload.
   * @param uploads of the client's connection
   */
  uploadPart(
    requester: Requester,
    request: ModelPartRequest,
    uploads: ModelUploads,
    name?: RequestName,
  ): Promise<ModelUploadProgress | PublishedVersion> {
    return this.receive<ModelUploadProgress | PublishedVersion>(
      requester,
      request.onnx,
      name,
      async (principal) => {
        const { models, uploadPlaces } = this.dependencies.training;
        // Asked with the first part, so that nothing is sent in vain.
        if (request.publication !== undefined) models.requirePublishable(request.publication, principal);
        const received = uploads.part(request, uploadPlaces.of(principal.tenant));
        return isWhole(received) ? this.publishFile(received, principal) : received;
      },
    );
  }

  /** Bytes that one uploaded file may have. */
  get fileBytesMax(): number {
    return this.dependencies.training.fileBytesMax;
  }

  /** The uploads of a new connection. */
  newUploads(): ModelUploads {
    return this.dependencies.training.newUploads();
  }

  /**
   * The right to upload, before a body is read.
   * @throws HeadgateError permission_denied, or what forbids the publication
   */
  requireUpload(requester: Requester, publication: Publication): void {
    this.lifecycle.beforeReading(requester, "upload", () => {
      requireScope(requester.principal, "models:admin");
      this.dependencies.training.models.requirePublishable(publication, requester.principal);
    });
  }

  private start(requestStart: RequestStart, startedAt: number, request: TrainingRequest): PendingTraining {
    const { requester } = requestStart;
    const { principal } = requester;
    const { traffic, training } = this.dependencies;
    const bytes = tensorsBytes(request.inputs);
    traffic.listener?.received(principal.tenant, bytes);
    try {
      this.lifecycle.requireServing(requester);
      const account = this.lifecycle.accountOf(requester);
      account.admitRequest(account.countsBytes ? bytes : 0, 0, startedAt);
      requireScope(principal, "training:run");
      return training.trainings.start(request, principal, account);
    } catch (error) {
      throw this.lifecycle.failure(requestStart, startedAt, error);
    }
  }

  private async describe(principal: Principal, request: JobDetailRequest): Promise<JobDescription> {
    const { jobs } = this.dependencies.training;
    const { namespace } = principal;
    const { job, log = false, outputs = false, onnxFrom } = request;
    const state = jobs.describe(namespace, job);
    const training = outputs ? jobs.summary(namespace, job) : undefined;
    const [history, attributes, onnx] = await Promise.all([
      log ? jobs.history(namespace, job) : undefined,
      outputs ? jobs.outputs(namespace, job) : undefined,
      onnxFrom === undefined ? undefined : this.part(namespace, state, onnxFrom),
    ]);
    return {
      state,
      ...history,
      ...(attributes !== undefined && {
        outputs: tensorsToWire(attributes),
      }),
      ...(training !== undefined && { training }),
      ...(onnx !== undefined && { onnx }),
    };
  }

  private part(namespace: string, { handle, job }: JobState, from: number) {
    if (handle === null)
      throw new HeadgateError(
        "failed_precondition",
        `onnx_from: the job ${job} keeps no model: train with keep_seconds`,
      );
    return this.dependencies.training.models.part(namespace, handle, from, limits.model_part_bytes_max);
  }

  private receive<T>(
    requester: Requester,
    onnx: Uint8Array,
    name: RequestName,
    take: (principal: Principal) => Promise<T>,
  ): Promise<T> {
    return this.lifecycle.work(requester, "upload", name, async () => {
      const { principal } = requester;
      this.dependencies.traffic.listener?.received(principal.tenant, onnx.length);
      this.lifecycle.admit(requester, onnx.length);
      requireScope(principal, "models:admin");
      return take(principal);
    });
  }

  private async publishFile(file: UploadedFile, principal: Principal): Promise<PublishedVersion> {
    try {
      return await this.publish(file.publication, file.onnx, principal);
    } finally {
      file.release();
    }
  }

  private publish(publication: Publication, onnx: Uint8Array, principal: Principal) {
    const { models } = this.dependencies.training;
    models.requirePublishable(publication, principal);
    return models.upload({ publication, principal, onnx });
  }
}

function isWhole(received: ModelUploadProgress | UploadedFile): received is UploadedFile {
  return "onnx" in received;
}
