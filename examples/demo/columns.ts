/** Lays out text for a terminal of 80 columns. */

/** Lays out columns side by side: words are aligned left, figures right. */
export function columns(rows: readonly (readonly string[])[], words: readonly number[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const padded = (cell: string, i: number) =>
    words.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}

export function fixed(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits);
}

export function count(value: number): string {
  return value.toLocaleString("en-US");
}
