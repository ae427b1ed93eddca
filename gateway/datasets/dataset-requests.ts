/** Requests about datasets, as every face makes them. */
import type { DatasetColumns } from "../../protocol/dataset-frames.js";

/** Whom a change of a dataset is made for. */
export interface DatasetOwner {
  readonly namespace: string;
  readonly tenant: string;
}

export interface PutRequest {
  /** Absent: the dataset is named after its content. */
  readonly dataset?: string | undefined;
  readonly columns: DatasetColumns;
  readonly ts?: number | undefined;
  /** Milliseconds without use after which it is removed, where that is sooner than of others. */
  readonly expiry_ms?: number | undefined;
}

/** What a put says of its dataset, beside the rows. */
export type PutParticulars = Pick<PutRequest, "ts" | "expiry_ms">;

export interface AppendRequest extends PutRequest {
  readonly dataset: string;
  /** The version that must be the newest. */
  readonly version?: string | undefined;
}

export interface DatasetQuery {
  readonly prefix?: string | undefined;
  /** Only names after this one. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}
