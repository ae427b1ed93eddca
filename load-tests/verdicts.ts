/** Compares rows with their budgets, and prints the comparison as one table. */
import type { Budget } from "./budgets.js";
import { figure, type ReportRow } from "./report.js";

export interface Verdict extends ReportRow {
  readonly suite: string;
  /** The budget as text: `ratio ≥ 2.5`, `≤ 250 ms`. */
  readonly budget: string;
  /** What it was when the budget was set, where that is known: `0.35 to 0.5`. */
  readonly today?: string;
  readonly from: string;
  /** Null when the comparison was not possible: the peer could not be run, or the row has no value. */
  readonly met: boolean | null;
}

/** A suite that ended without rows, or without a row that has a budget. */
export interface SuiteFailure {
  readonly suite: string;
  readonly reason: string;
}

export function verdictsOf(
  suite: string,
  rows: readonly ReportRow[],
  budgets: readonly Budget[],
): { readonly verdicts: Verdict[]; readonly failures: SuiteFailure[] } {
  const verdicts: Verdict[] = [];
  const failures: SuiteFailure[] = [];
  for (const budget of budgets.filter((each) => each.suite === suite)) {
    const found = rows.filter(({ name }) => budget.row.test(name));
    if (found.length === 0) failures.push({ suite, reason: `no row ${budget.row.source}` });
    for (const row of found)
      if (budget.applies?.(row, rows) ?? true)
        verdicts.push({
          ...row,
          suite,
          budget: read(budget, row),
          from: budget.from,
          ...(budget.today !== undefined && { today: budget.today.join(" to ") }),
          met: isMet(budget, row),
        });
  }
  return { verdicts, failures };
}

function read({ of, at, bound }: Budget, { unit }: ReportRow): string {
  const sign = at === "least" ? "≥" : "≤";
  return of === "ratio"
    ? `ratio ${sign} ${Number(bound.toPrecision(2))}`
    : `${sign} ${figure(bound)} ${unit}`;
}

function isMet({ of, at, bound }: Budget, row: ReportRow): boolean | null {
  const reached = row[of];
  if (reached === null || !Number.isFinite(reached)) return null;
  return at === "least" ? reached >= bound : reached <= bound;
}

export function verdictTable(verdicts: readonly Verdict[], failures: readonly SuiteFailure[]): string {
  const lines = [
    ["suite", "row", "budget", "reached", "ratio", "was", "met"],
    ...verdicts.map(({ suite, name, budget, value, unit, ratio, today, met }) => [
      suite,
      name,
      budget,
      `${figure(value)} ${unit}`,
      ratio === null ? "" : ratio.toFixed(2),
      today ?? "",
      met === null ? "not measured" : met ? "yes" : "NO",
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const counted = (met: boolean | null) => verdicts.filter((each) => each.met === met).length;
  return [
    ...table,
    `${counted(true)} met, ${counted(false)} not met, ${counted(null)} not measured`,
    ...failures.map(({ suite, reason }) => `${suite} FAILED: ${reason}`),
  ].join("\n");
}
