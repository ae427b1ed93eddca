/**
 * The rows that versions of a dataset share: each version is the first so many rows of a table, and an append adds rows
 * behind the last. A dataset that is put with other content gets a table of its own.
 */
import type { Pieces } from "../../engines/pieces.js";
import type { DatasetColumn, DatasetColumns } from "../../protocol/dataset-frames.js";
import type { WireTensor } from "../../protocol/tensor.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { ContentHash } from "./content-hash.js";
import { layoutsOf, RowBlock } from "./row-block.js";
import { selectedRows } from "./selection.js";

export class RowTable {
  readonly blocks: readonly RowBlock[];
  readonly rowBytes: number;
  /** About the bytes of its columns' names and types in an answer. */
  readonly columnsBytes: number;
  /** Rows of its longest version: no version sees what lies behind them. */
  rows = 0;
  /** Bytes that count for its account and its namespace. */
  heldBytes = 0;
  /** Whether no dataset has it any more, and its files are deleted. */
  discarded = false;
  /** The hash of its rows as it was kept before the last restart. */
  restoredHash: string | undefined;
  /** Whether its rows on disk are not those that were put: the same content put again gets a table of its own. */
  damaged = false;
  /** The hash of its rows; undefined after a restart, until it is needed. */
  private hash: ContentHash | undefined;

  /**
   * @param id the name of its files
   * @param account that its bytes count for: that of a dataset with versions in it
   */
  constructor(
    readonly id: string,
    readonly columns: readonly DatasetColumn[],
    public account: QuotaAccount | undefined,
  ) {
    this.blocks = layoutsOf(columns).map((layout) => new RowBlock(layout));
    this.rowBytes = this.blocks.reduce((sum, { layout }) => sum + layout.rowBytes, 0);
    this.columnsBytes = columns.reduce((sum, { name, shape }) => sum + bytesInAnswer(name, shape), 0);
  }

  get resident(): boolean {
    return this.blocks.every(({ resident }) => resident);
  }

  /** Bytes that it takes in memory. */
  get residentBytes(): number {
    return this.blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  evict(): void {
    for (const block of this.blocks) block.evict();
  }

  /** Writes rows behind the last one; they belong to the table once they are committed. */
  *write({ columns, count }: RowSet): Pieces<void> {
    for (const block of this.blocks) yield* block.append(this.rows, columns, count);
  }

  /**
   * The rows that were written belong to the table from now on.
   * @param hash of all its rows
   */
  commit(count: number, hash: ContentHash): void {
    this.rows += count;
    this.hash = hash;
  }

  /** The last rows belong to the table no more. */
  revert(count: number): void {
    this.rows -= count;
    this.hash = undefined;
  }

  /** Whether its hash is known. */
  get isHashed(): boolean {
    return this.hash !== undefined || this.rows === 0;
  }

  /** A hash of its rows, to which rows can be added. Where it is not known the table must be in memory. */
  *contentHash(): Pieces<ContentHash> {
    if (this.hash === undefined) {
      const hash = ContentHash.of(this.columns);
      for (const { name } of this.rows > 0 ? this.columns : [])
        yield* hash.addTo(name, yield* selectedRows(this.blocks, [name], 0, this.rows));
      this.hash = hash;
    }
    return this.hash.copy();
  }

  /** Its first rows, as they would be put. The table must be in memory. */
  *firstRows(count: number): Pieces<RowSet> {
    const columns: Record<string, WireTensor> = {};
    for (const { name, datatype, shape } of this.columns)
      columns[name] = {
        datatype,
        shape: [count, ...shape],
        data: yield* selectedRows(this.blocks, [name], 0, count),
      };
    return rowSetOf(columns);
  }
}

/** Names may have letters of three bytes, and in JSON the names of the fields come beside. */
function bytesInAnswer(name: string, shape: readonly number[]): number {
  return 45 + Buffer.byteLength(name) + 9 * shape.length;
}

/** The rows of a `put` or an `append`. */
export interface RowSet {
  readonly columns: DatasetColumns;
  readonly specs: readonly DatasetColumn[];
  readonly count: number;
  readonly bytes: number;
}

export function rowSetOf(columns: DatasetColumns): RowSet {
  const specs: DatasetColumn[] = [];
  let bytes = 0;
  let count = 0;
  for (const [name, { datatype, shape, data }] of Object.entries(columns)) {
    specs.push({ name, datatype, shape: shape.slice(1) });
    count = shape[0] ?? 0;
    bytes += data.length;
  }
  return { columns, specs, count, bytes };
}
