/**
 * The port of what becomes of a trained model: it is kept under a handle for some time, or published as a version of
 * the repository. Jobs call it; wherever a model is opened it is first proven against the library's golden answers.
 */
import type { PolicyLayout } from "../../engines/policy-layout.js";
import type { ExportedModel } from "../../engines/training/trainer.js";
import type { HeadgateError } from "../../protocol/errors.js";
import type { ModelPart, Publication, PublishedVersion } from "../../protocol/train-frames.js";
import type { Principal } from "../auth/principal.js";
import type { QuotaAccount } from "../quotas/quota-account.js";

export interface TrainedModels {
  /**
   * Reserves a handle: a request that names it waits until the model is open or has failed. It is only good in the
   * principal's namespace. Its time begins when the model is open, and outlasts a restart of the gateway.
   * @throws HeadgateError resource_exhausted where no more may be kept
   */
  reserve(kept: KeptModelRequest): ModelReservation;
  /** Called when a model will be opened or published soon: the process that proves it starts meanwhile. */
  prepare(): void;
  /**
   * Bytes of the model that is kept under a handle; undefined until it is open.
   * @throws HeadgateError not_found for a handle that expired, invalid_argument for a place behind the last byte
   */
  part(namespace: string, handle: string, from: number, lengthMax: number): Promise<ModelPart | undefined>;
  /**
   * Checks what can be checked before the training: the right, the name, that the version is free, the folder.
   * @throws HeadgateError permission_denied, invalid_argument, failed_precondition, resource_exhausted
   */
  requirePublishable(publication: Publication, principal: Principal): void;
  /**
   * Writes a version into the repository and settles once it serves. Nothing is left of it otherwise.
   * @throws HeadgateError failed_precondition with the gate's reason; of two with the same version the second fails
   */
  publish(request: PublicationRequest): Promise<PublishedVersion>;
  /**
   * The version of a model that a job has published: a job that a restart of the gateway interrupted while it was
   * published must not publish a second one. Undefined where there is none. Called once the models are loaded.
   */
  publishedBy(model: string, job: string): Promise<PublishedVersion | undefined>;
  /**
   * Publishes a client's own ONNX file: what it takes and answers is read from its graph.
   * @throws HeadgateError as `publish`, and invalid_argument with the reason why the file is refused
   */
  upload(request: OnnxPublication): Promise<PublishedVersion>;
}

export interface KeptModelRequest {
  readonly principal: Principal;
  readonly account: QuotaAccount | undefined;
  readonly trainer: string;
  readonly keepSeconds: number;
  /** The handle that the job had before a restart of the gateway interrupted it; absent: a new one. */
  readonly handle?: string | undefined;
}

export interface ModelReservation {
  readonly handle: string;
  /** @throws HeadgateError failed_precondition when the graph does not answer as the library does */
  open(model: ExportedModel): Promise<void>;
  /** Requests that wait for the handle, and later ones, fail with this error. */
  fail(error: HeadgateError): void;
}

export interface PublicationRequest {
  readonly publication: Publication;
  readonly principal: Principal;
  readonly model: ExportedModel;
  readonly card: TrainingCard;
}

export interface OnnxPublication {
  readonly publication: Publication;
  readonly principal: Principal;
  readonly onnx: Uint8Array;
}

/** What the model's card tells about its training. */
export interface TrainingCard {
  readonly job: string;
  readonly trainer: string;
  readonly parameters: unknown;
  /** The SHA-256 of the training data in its canonical form, in hex. */
  readonly dataSha256: string;
  readonly rows: number;
  readonly columns: number;
  readonly scores: Readonly<Record<string, number>>;
  readonly libraries: Readonly<Record<string, string>>;
  readonly fitMs: number;
  /** Of a policy: what its observation is made of. */
  readonly policy?: PolicyLayout;
  /** What the trainer says of the result, as Markdown: of a policy how it did beside holding. */
  readonly summary?: string;
  /** Milliseconds since the epoch. */
  readonly trainedTs: number;
}
