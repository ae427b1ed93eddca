/**
 * How long loops can be cancelled: they report the number of operations that they are about to do, and once in so
 * many operations the caller is asked whether it still wants the result.
 */

/**
 * Called before the work, with its multiply-adds or steps that cost as much; throws when nobody waits any more.
 * A call stands for at most `workPerReport` of them.
 */
export type WorkReporter = (operations: number) => void;

/** For computations that cannot be cancelled. */
export const ignoreWork: WorkReporter = () => {};

/** Steps between two looks at the abort flag: 10 to 30 ms of plain loops, and a look costs 0.1 µs. */
export const workPerReport = 16_000_000;

/** Says in pieces what one long call is about to do: it cannot be stopped, but the looks before it are not lost. */
export function reportInPieces(reportWork: WorkReporter, operations: number): void {
  for (let left = operations; left > 0; left -= workPerReport) reportWork(Math.min(left, workPerReport));
}

/** Calls `body` with stretches [from, to) of n rows, each of which costs `each`, and says so before. */
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

/** Rows between two calls for loops that cannot be cut in blocks: say `rowsAtOnce(each) * each` before so many. */
export function rowsAtOnce(each: number): number {
  return Math.max(1, Math.floor(blockWork / each));
}

/** Enough that a call more is nothing, and a small share of a look. */
const blockWork = 1_000_000;
