/** What a retraining needs of the gateway. */

import type { DatasetReference } from "../../protocol/reference.js";
import type { WireTensors } from "../../protocol/tensor.js";
import type { NestedParameters, Publication } from "../../protocol/train-frames.js";
import type { Principal } from "../auth/principal.js";
import type { Catalog } from "../catalog/catalog.js";
import type { Clock } from "../clock.js";
import type { Datasets } from "../datasets/datasets.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Promotions } from "../models/promotions.js";

/** A training in the background. */
export interface ScheduledTraining {
  /** The job's name. */
  readonly job: string;
  readonly trainer: string;
  readonly parameters: NestedParameters | undefined;
  readonly inputs: Readonly<Record<string, DatasetReference>>;
  readonly publication?: Publication | undefined;
  readonly label: string;
}

export interface VersionRequest {
  readonly model: string;
  readonly version: string;
  readonly inputs: WireTensors;
}

export interface RetrainingParts {
  /**
   * Settles once the job is on disk.
   * @throws HeadgateError with the reason; then there is no such job
   */
  readonly train: (training: ScheduledTraining, principal: Principal) => Promise<void>;
  readonly jobs: Pick<Jobs, "state" | "outputs" | "cancel">;
  readonly datasets: Pick<Datasets, "newest" | "resolve">;
  readonly catalog: Pick<Catalog, "versions" | "shares" | "aliases">;
  /** Asks a served version, as any request does. */
  readonly infer: (request: VersionRequest, principal: Principal) => Promise<WireTensors>;
  readonly promotions: Pick<Promotions, "promote">;
  /** The names of what a trainer's models answer. */
  readonly answersOf: (trainer: string) => readonly string[];
  readonly clock: Pick<Clock, "wall">;
}
