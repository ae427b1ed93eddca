/** Reads text as a table of cells: nested arrays of JSON, or rows as spreadsheets copy and CSV files hold them. Pure. */

/** The cells of a text, row-major. */
export interface CellTable {
  readonly cells: readonly string[];
  readonly shape: readonly number[];
  /** Whether the text itself states the dimensions, as JSON does. */
  readonly isNested: boolean;
  /** Where a cell is in the text, for messages. */
  readonly placeOf: (cell: number) => string;
}

export type TableReading = CellTable | { readonly problem: string };

/** The depth of nested arrays: the wire takes eight dimensions. */
const depthMax = 8;

/** @param isText whether a line is one string, commas included */
export function textTable(text: string, isText: boolean): TableReading {
  const trimmed = text.trim();
  if (trimmed === "") return { problem: "There are no values." };
  if (trimmed.startsWith("[") || (isText && trimmed.startsWith('"'))) return nestedTable(trimmed, isText);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return isText ? textLines(lines) : rowsTable(lines);
}

function textLines(lines: readonly string[]): CellTable {
  const cells = lines.map((line) => line.trim());
  return { cells, shape: [cells.length, 1], isNested: false, placeOf: (cell) => `Line ${cell + 1}` };
}

function rowsTable(lines: readonly string[]): TableReading {
  const [first = ""] = lines;
  const split = splitterOf(first);
  const isHeader =
    lines.length > 1 && split(first).every((cell) => /^["'A-Za-z_]/.test(cell) && !isWord(cell));
  const rows = (isHeader ? lines.slice(1) : lines).map(split);
  const columns = rows[0]?.length ?? 0;
  const above = isHeader ? 2 : 1;
  const ragged = rows.findIndex((row) => row.length !== columns);
  if (ragged >= 0)
    return {
      problem: `Line ${ragged + above} has ${rows[ragged]?.length} values, the first row has ${columns}.`,
    };
  return {
    cells: rows.flat(),
    shape: [rows.length, columns],
    isNested: false,
    placeOf: (cell) => `Line ${Math.floor(cell / columns) + above}, column ${(cell % columns) + 1}`,
  };
}

/** `NaN`, `true` and their like are values, and no heading of a column. */
function isWord(cell: string): boolean {
  return /^[+-]?(nan|null|inf|infinity|true|false)$/i.test(cell);
}

function splitterOf(line: string): (line: string) => string[] {
  const separator = [",", ";", "\t"].find((each) => line.includes(each)) ?? /\s+/;
  return (each) =>
    each
      .trim()
      .split(separator)
      .map((cell) => cell.trim());
}

function nestedTable(text: string, isText: boolean): TableReading {
  let value: unknown;
  try {
    value = JSON.parse(isText ? text : withExactNumbers(text));
  } catch (error) {
    return { problem: `This is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}.` };
  }
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (shape.length > depthMax) return { problem: `Arrays may be nested ${depthMax} deep.` };
  const cells: string[] = [];
  const problem = flatten(value, shape, [], cells);
  if (problem !== undefined) return { problem };
  return { cells, shape, isNested: true, placeOf: (cell) => `Value [${indexOf(cell, shape).join(", ")}]` };
}

/**
 * Numbers are read as strings, so that a 64-bit integer keeps all its digits. NaN and infinities, which Python and
 * numpy write, are accepted in the same way.
 */
function withExactNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|[+-]?(?:NaN|Infinity|inf|[\d.]+(?:[eE][+-]?\d+)?)/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}

function flatten(
  value: unknown,
  shape: readonly number[],
  at: readonly number[],
  into: string[],
): string | undefined {
  const place = at.length === 0 ? "The text" : `Value [${at.join(", ")}]`;
  if (!Array.isArray(value)) {
    if (at.length !== shape.length) return `${place} is nested less deeply than the first value.`;
    if (typeof value === "object" && value !== null) return `${place} is a map; tensors are arrays.`;
    into.push(String(value));
    return undefined;
  }
  if (at.length >= shape.length) return `${place} is nested deeper than the first value.`;
  if (value.length !== shape[at.length])
    return `${place} has ${value.length} values, others beside it have ${shape[at.length]}.`;
  for (const [i, each] of value.entries()) {
    const problem = flatten(each, shape, [...at, i], into);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function indexOf(cell: number, shape: readonly number[]): number[] {
  let rest = cell;
  return [...shape]
    .reverse()
    .map((size) => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    })
    .reverse();
}
