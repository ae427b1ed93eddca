/** Which rows a retraining trains on, and which are held out to score on. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import type { RetrainValidation } from "../../protocol/schedule-frames.js";
import type { NestedParameters } from "../../protocol/train-frames.js";
import type { PublishedCandidate, TableRows } from "./schedule-record.js";

/** The newest rows of those that are there. */
export function trainedRows(table: string, count: number, lastRows: number = count): TableRows {
  return { table, from: Math.max(0, count - lastRows), to: count };
}

/**
 * The splitter of `walk_forward` whose tests are the held-out rows: the first fit is on all rows before them.
 * @throws HeadgateError failed_precondition where no row is left to train on
 */
export function heldOutSplitter(
  { from, to }: TableRows,
  { rows, folds = 1, purge = 0 }: RetrainValidation,
): NestedParameters {
  const trainRows = to - from - rows - purge;
  if (trainRows < 1)
    throw new HeadgateError(
      "failed_precondition",
      `validation.rows: of ${to - from} rows ${rows} are held out and ${purge} purged, and none is left to train on: ` +
        "it goes on when there are more",
    );
  return { kind: "expanding", train_rows: trainRows, test_rows: rows / folds, purge };
}

export interface ComparedRows {
  readonly from: number;
  readonly to: number;
  readonly trainedOn: "none" | "some" | "unknown";
}

/**
 * The rows on which candidate and champion are compared: the held-out ones that the champion was not trained on, nor on
 * rows whose labels overlap theirs. Where these are fewer than half, all held-out rows are compared: the champion, which
 * knows some of them, is then favoured, so that no candidate is promoted by it.
 * @param champion what it was trained on; undefined where that is not known
 */
export function comparedRows(
  { table, to }: TableRows,
  { rows, purge = 0 }: Pick<RetrainValidation, "rows" | "purge">,
  champion: Pick<PublishedCandidate, "rows"> | undefined,
): ComparedRows {
  const from = to - rows;
  if (champion === undefined || champion.rows.table !== table) return { from, to, trainedOn: "unknown" };
  const unseen = Math.max(from, champion.rows.to + purge);
  if (to - unseen < rows / 2) return { from, to, trainedOn: "some" };
  return { from: unseen, to, trainedOn: "none" };
}
