/** The types of the frames that keep, list and remove datasets. PROTOCOL.md is their specification. */
import type { Datatype, WireTensor } from "./tensor.js";

/** Columns by name. Each is a tensor whose first dimension is the rows. */
export type DatasetColumns = Readonly<Record<string, WireTensor>>;

/** The part of a dataset that one `put` of several brings. */
export interface UploadPart {
  /** A name that the client chooses, by which the parts of one upload belong together. */
  readonly upload?: string;
  /** The number of the part in its upload, counted from 0. */
  readonly part?: number;
  /** Whether it is the last part: then the dataset is kept. */
  readonly last?: boolean;
}

/** Keeps columns as a new version of a dataset. */
export interface PutFrame extends UploadPart {
  readonly type: "put";
  readonly id: number;
  /** Absent: the gateway names it after its content. */
  readonly dataset?: string;
  readonly columns: DatasetColumns;
  /** The time that the data is of, in milliseconds since the epoch, for whoever lists the datasets. */
  readonly ts?: number;
  /** Milliseconds without use after which it is removed, where that is sooner than the gateway's own limit. */
  readonly expiry_ms?: number;
}

/** Adds rows to the newest version of a dataset, which makes a new version. */
export interface AppendFrame {
  readonly type: "append";
  readonly id: number;
  readonly dataset: string;
  /** The version that must be the newest, or nothing is added. */
  readonly version?: string;
  readonly columns: DatasetColumns;
  readonly ts?: number;
}

/** Removes a dataset, or one version of it. */
export interface DropFrame {
  readonly type: "drop";
  readonly id: number;
  readonly dataset: string;
  readonly version?: string;
}

/** Lists the datasets of the namespace. */
export interface DatasetsFrame {
  readonly type: "datasets";
  readonly id: number;
  /** Only the datasets whose names begin so. */
  readonly prefix?: string;
  /** Only the datasets whose names come after this one. */
  readonly after?: string;
  /** The largest number of datasets in the answer. */
  readonly limit?: number;
}

export type DatasetFrame = PutFrame | AppendFrame | DropFrame | DatasetsFrame;

/** A version of a dataset, in the answer to `put` and `append`. */
export interface DatasetVersion {
  readonly dataset: string;
  readonly version: string;
  readonly rows: number;
  readonly bytes: number;
  /** The SHA-256 of the content in its canonical form, in hex. */
  readonly sha256: string;
}

export interface DatasetColumn {
  readonly name: string;
  readonly datatype: Datatype;
  /** The shape of one row: empty for a column of single values. */
  readonly shape: readonly number[];
}

/** A dataset in the answer to `datasets`. */
export interface DatasetEntry extends DatasetVersion {
  readonly columns: readonly DatasetColumn[];
  /** The number of its versions that are kept. */
  readonly versions: number;
  /** Milliseconds since the newest version was kept. */
  readonly age_ms: number;
  /** Milliseconds since it was last put, appended to or referred to. */
  readonly idle_ms: number;
  /** The time that the newest version is of, as it was put. */
  readonly ts?: number;
}
