/**
 * Takes columns out of a table, side by side, row after row: a view where they are all that lies in a block, otherwise
 * one copy.
 */
import { type Pieces, pieceSize } from "../../engines/pieces.js";
import { datatypeBytes, elementCount } from "../../protocol/tensor.js";
import { type RowBlock, wordsOf } from "./row-block.js";

interface ColumnPosition {
  readonly block: RowBlock;
  /** Elements of a row of the block before this column. */
  readonly before: number;
  /** Elements of a row of this column. */
  readonly width: number;
}

/** Whether these columns, in this order, are all that lies in one block: then their rows are a view. */
export function isView(blocks: readonly RowBlock[], names: readonly string[]): boolean {
  return wholeBlock(blocks, names) !== undefined;
}

function wholeBlock(blocks: readonly RowBlock[], names: readonly string[]): RowBlock | undefined {
  return blocks.find(
    ({ layout: { columns } }) =>
      columns.length === names.length && columns.every(({ name }, place) => name === names[place]),
  );
}

/** @param names of columns of one datatype */
export function* selectedRows(
  blocks: readonly RowBlock[],
  names: readonly string[],
  from: number,
  to: number,
): Pieces<Uint8Array> {
  const view = wholeBlock(blocks, names)?.rows(from, to);
  if (view !== undefined) return view;
  const places = names.map((name) => placeOf(blocks, name));
  const size = datatypeBytes[(places[0] as ColumnPosition).block.layout.datatype];
  const perElement = size === 8 ? 2 : 1;
  const sources = places.map(({ block, before, width }) => ({
    words: wordsOf(block.rows(from, to), size),
    stride: block.layout.rowBytes / (size / perElement),
    start: before * perElement,
    count: width * perElement,
  }));
  const rowWords = sources.reduce((sum, { count }) => sum + count, 0);
  // Uninitialised memory, of which every byte is written: to clear 128 MiB first would stop the thread for 50 ms.
  const result = new Uint8Array(Buffer.allocUnsafeSlow((to - from) * rowWords * (size / perElement)).buffer);
  const target = wordsOf(result, size);
  const rowsPerPiece = Math.max(1, Math.floor(pieceSize / rowWords));
  let at = 0;
  for (let row = 0; row < to - from; row++) {
    for (const { words, stride, start, count } of sources) {
      const source = row * stride + start;
      for (let word = 0; word < count; word++) target[at++] = words[source + word] as number;
    }
    if (row % rowsPerPiece === rowsPerPiece - 1) yield;
  }
  return result;
}

function placeOf(blocks: readonly RowBlock[], name: string): ColumnPosition {
  for (const block of blocks) {
    let before = 0;
    for (const column of block.layout.columns) {
      const width = elementCount(column.shape);
      if (column.name === name) return { block, before, width };
      before += width;
    }
  }
  throw new Error(`no block has the column ${name}`);
}
