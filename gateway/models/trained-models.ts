/**
 * The port of what becomes of a trained model: it is kept under a handle for some time, or published as a version of
 * the repository. Jobs call it; wherever a model is opened it is first proven against the library's golden answers.
 */
import type { ExportedModel } from "../../engines/training/trainer.js";
import type { HeadgateError } from "../../protocol/errors.js";
import type { Publication } from "../../protocol/train-frames.js";
import type { Principal } from "../auth/principal.js";
import type { QuotaAccount } from "../quotas/quota-account.js";

export interface TrainedModels {
  /**
   * Reserves a handle: a request that names it waits until the model is open or has failed. It is only good in the
   * principal's namespace, and expires by itself.
   * @throws HeadgateError resource_exhausted where no more may be kept
   */
  reserve(kept: KeptModelRequest): ModelReservation;
  /**
   * Checks what can be checked before the training: the right, the name, that the version is free, the folder.
   * @throws HeadgateError permission_denied, invalid_argument, failed_precondition
   */
  requirePublishable(publication: Publication, principal: Principal): void;
  /**
   * Writes a version into the repository and settles once it serves. Nothing is left of it otherwise.
   * @throws HeadgateError failed_precondition with the gate's reason; of two with the same version the second fails
   */
  publish(request: PublicationRequest): Promise<PublishedVersion>;
}

export interface KeptModelRequest {
  readonly principal: Principal;
  readonly account: QuotaAccount | undefined;
  readonly trainer: string;
  readonly keepSeconds: number;
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

export interface PublishedVersion {
  readonly model: string;
  readonly version: string;
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
  /** Milliseconds since the epoch. */
  readonly trainedTs: number;
}
