/**
 * Columns that lie side by side, row after row, in memory that threads share: consecutive rows are consecutive bytes,
 * so that a worker gets a view of them and no copy. A column whose rows are arrays has a block of its own; columns of
 * single values of one datatype share a block. Rows that are there never change; new ones are added behind them.
 */
import { type Pieces, pieceSize } from "../../engines/pieces.js";
import type { DatasetColumn, DatasetColumns } from "../../protocol/dataset-frames.js";
import { type Datatype, datatypeBytes, elementCount } from "../../protocol/tensor.js";

export interface BlockLayout {
  readonly datatype: Datatype;
  /** In the order in which they lie side by side. */
  readonly columns: readonly DatasetColumn[];
  readonly rowBytes: number;
}

/** The blocks that hold these columns. */
export function layoutsOf(columns: readonly DatasetColumn[]): BlockLayout[] {
  const groups = new Map<string, DatasetColumn[]>();
  for (const column of columns) {
    const key = column.shape.length === 0 ? column.datatype : `\u0000${column.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [column]);
    else group.push(column);
  }
  return [...groups.values()].map((group) => {
    const datatype = (group[0] as DatasetColumn).datatype;
    const elements = group.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    return { datatype, columns: group, rowBytes: elements * datatypeBytes[datatype] };
  });
}

/** A block with room for more rows grows by this factor, so that appending row by row copies little. */
const growth = 1.5;
const pieceBytes = 8 * pieceSize;

export class RowBlock {
  private memory: Uint8Array | undefined;

  constructor(readonly layout: BlockLayout) {}

  /** Whether its rows are in memory. */
  get resident(): boolean {
    return this.memory !== undefined;
  }

  /** Bytes that it takes in memory. */
  get bytes(): number {
    return this.memory?.length ?? 0;
  }

  /** Memory for the rows that the disk has, which the caller fills. */
  allocate(rows: number): Uint8Array {
    return sharedBytes(rows * this.layout.rowBytes);
  }

  /** Takes memory that was allocated here and filled. */
  fill(memory: Uint8Array): void {
    this.memory = memory;
  }

  /** Gives the memory up. Whoever has a view of it keeps it. */
  evict(): void {
    this.memory = undefined;
  }

  /** Consecutive rows, without a copy. The block must be in memory. */
  rows(from: number, to: number): Uint8Array {
    const { rowBytes } = this.layout;
    return this.present().subarray(from * rowBytes, to * rowBytes);
  }

  /** The bytes of rows that come as they lie here: those of a block of one column. */
  asReceived(columns: DatasetColumns): Uint8Array | undefined {
    const [only, ...others] = this.layout.columns;
    return only === undefined || others.length > 0 ? undefined : bytesOf(columns, only);
  }

  /** Writes rows behind the first `at`. */
  *append(at: number, columns: DatasetColumns, count: number): Pieces<void> {
    yield* this.reserve(at, at + count);
    const memory = this.present();
    const { layout } = this;
    const [only] = layout.columns;
    if (layout.columns.length === 1 && only !== undefined) {
      const bytes = bytesOf(columns, only);
      const start = at * layout.rowBytes;
      for (let done = 0; done < bytes.length; done += pieceBytes) {
        memory.set(bytes.subarray(done, done + pieceBytes), start + done);
        yield;
      }
      return;
    }
    for (const [place, column] of layout.columns.entries()) {
      const target = { memory, layout, at, place };
      yield* interleave(bytesOf(columns, column), target, count);
    }
  }

  private *reserve(kept: number, rows: number): Pieces<void> {
    const { rowBytes } = this.layout;
    const before = this.memory;
    if (before !== undefined && before.length >= rows * rowBytes) return;
    const room = before === undefined ? rows : Math.max(rows, Math.ceil(kept * growth));
    const grown = sharedBytes(room * rowBytes);
    if (before !== undefined)
      for (let done = 0; done < kept * rowBytes; done += pieceBytes) {
        grown.set(before.subarray(done, Math.min(done + pieceBytes, kept * rowBytes)), done);
        yield;
      }
    this.memory = grown;
  }

  private present(): Uint8Array {
    if (this.memory === undefined) throw new Error("the block is not in memory");
    return this.memory;
  }
}

function sharedBytes(size: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(size));
}

function bytesOf(columns: DatasetColumns, { name }: DatasetColumn): Uint8Array {
  return columns[name]?.data as Uint8Array;
}

/** A place in a block's memory: the column `place` of the rows from `at`. */
interface ColumnPlace {
  readonly memory: Uint8Array;
  readonly layout: BlockLayout;
  readonly at: number;
  readonly place: number;
}

/** The elements of a column of single values as integers of two or four bytes at most, so that no NaN is changed. */
export function wordsOf(bytes: Uint8Array, size: number): Uint8Array | Uint16Array | Uint32Array {
  if (size === 1) return bytes;
  const aligned = bytes.byteOffset % Math.min(size, 4) === 0 ? bytes : Uint8Array.from(bytes);
  const { buffer, byteOffset, byteLength } = aligned;
  return size === 2
    ? new Uint16Array(buffer, byteOffset, byteLength / 2)
    : new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Writes a column of single values between the others of its block. */
function* interleave(
  bytes: Uint8Array,
  { memory, layout, at, place }: ColumnPlace,
  count: number,
): Pieces<void> {
  const size = datatypeBytes[layout.datatype];
  const target = wordsOf(memory, size);
  const perElement = size === 8 ? 2 : 1;
  const stride = layout.columns.length * perElement;
  let to = at * stride + place * perElement;
  for (let first = 0; first < count; first += pieceSize) {
    // Bytes that are not aligned are copied, so that is done piece by piece as well.
    const source = wordsOf(bytes.subarray(first * size, (first + pieceSize) * size), size);
    for (let word = 0; word < source.length; word += perElement, to += stride) {
      target[to] = source[word] as number;
      if (perElement === 2) target[to + 1] = source[word + 1] as number;
    }
    yield;
  }
}
