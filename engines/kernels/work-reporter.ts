/**
 * Makes long loops cancellable: they report the number of operations that they are about to do, and after a fixed
 * number of operations the abort flag is checked.
 */

/**
 * Called before the work, with its number of multiply-adds or of steps of the same cost; throws when the job was
 * cancelled. One call reports at most `workPerReport` operations.
 */
export type WorkReporter = (operations: number) => void;

/** For computations that cannot be cancelled. */
export const ignoreWork: WorkReporter = () => {};

/** Operations between two checks of the abort flag: 10 to 30 ms of plain loops. A check costs 0.1 µs. */
export const workPerReport = 16_000_000;

/**
 * Reports the work of one long call in several reports, so that each stays below the limit. The call itself cannot be
 * cancelled.
 */
export function reportInPieces(reportWork: WorkReporter, operations: number): void {
  for (let left = operations; left > 0; left -= workPerReport) reportWork(Math.min(left, workPerReport));
}

/**
 * Calls `body` for blocks [from, to) of n rows, each of which costs `each` operations, and reports each block's work
 * first.
 */
export function inBlocks(
  n: number,
  each: number,
  reportWork: WorkReporter,
  body: (from: number, to: number) => void,
): void {
  const rows = rowsAtOnce(each);
  for (let from = 0; from < n; from += rows) {
    const to = Math.min(n, from + rows);
    reportInPieces(reportWork, (to - from) * each);
    body(from, to);
  }
}

/**
 * Rows between two reports for loops that are not divided into blocks: they report `rowsAtOnce(each) * each`
 * operations before so many rows.
 */
export function rowsAtOnce(each: number): number {
  return Math.max(1, Math.floor(blockWork / each));
}

/**
 * Operations in a block: enough that the call of a block costs nothing measurable, and a small share of the work
 * between two checks.
 */
const blockWork = 1_000_000;
