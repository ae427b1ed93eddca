/**
 * The port of what keeps datasets: the rows of tables, and for each dataset which versions it has. A dataset is saved
 * at once or not at all, and rows that no saved dataset names are nobody's.
 */
import type { DatasetColumn } from "../../protocol/dataset-frames.js";

export interface StoredVersion {
  readonly version: string;
  readonly sha256: string;
  /** It is the first so many rows of the table. */
  readonly rows: number;
  /** The table's id. */
  readonly table: string;
  /** Milliseconds since the epoch. */
  readonly keptAt: number;
  /** The time that the data is of, as its client said; milliseconds since the epoch. */
  readonly ts?: number | undefined;
}

export interface StoredDataset {
  readonly namespace: string;
  readonly name: string;
  /** The tenant that put it first. */
  readonly tenant: string;
  /** The gateway named it after its content. */
  readonly unnamed: boolean;
  /** Milliseconds without use after which it is removed, where that is sooner than of others. */
  readonly expiryMs?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
  /** The oldest first. */
  readonly versions: readonly StoredVersion[];
  /** The columns of the tables, by the tables' ids. */
  readonly tables: Readonly<Record<string, readonly DatasetColumn[]>>;
}

export interface BlockAddress {
  readonly table: string;
  /** The place of the block in its table. */
  readonly block: number;
}

/** Rows that were kept are not there any more, or are others: only putting them again helps. */
export class DamagedRowsError extends Error {
  override readonly name = "DamagedRowsError";
}

export interface DatasetStore {
  /**
   * The datasets that were saved and not removed, each with all its rows. Called once, before anything else; rows
   * that no dataset names are removed.
   */
  load(): Promise<readonly StoredDataset[]>;
  /**
   * Writes bytes of a block, which are on disk when it settles.
   * @throws the disk's error; then the bytes at this offset are undefined
   */
  write(address: BlockAddress, offset: number, bytes: Uint8Array): Promise<void>;
  /**
   * Fills `into` with the first bytes of a block.
   * @throws DamagedRowsError where the block does not have them; the disk's error where they cannot be read
   */
  read(address: BlockAddress, into: Uint8Array): Promise<void>;
  /**
   * Keeps a dataset in place of what it was before.
   * @throws the disk's error; then it is as before
   */
  save(dataset: StoredDataset): Promise<void>;
  /** @throws the disk's error; then it is as before */
  remove(namespace: string, name: string): Promise<void>;
  /** Deletes the rows of a table that no dataset names any more. */
  discard(table: string, blocks: number): Promise<void>;
}
