/** Converts an answer's tensors into tables of text that a page can show whole, however large the tensors are. Pure. */
import { elementCount, type Tensor } from "../../protocol/tensor.js";
import { cellText } from "./answer-cells.js";

/** Rows and columns of a tensor that are shown at most. */
export const shownRowsMax = 50;
export const shownColumnsMax = 24;

/** Outputs of equal length side by side, or all outputs of a single value. */
export interface AnswerTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** The number of each row, then its cells; single values have no numbers. */
  readonly rows: readonly (readonly string[])[];
  /** What is left out, in a sentence; undefined where nothing is. */
  readonly rest: string | undefined;
}

export function answerTables(outputs: Readonly<Record<string, Tensor>>): readonly AnswerTable[] {
  const entries = Object.entries(outputs);
  const single = entries.filter(([, { shape }]) => shape.length === 0);
  const byLength = new Map<number, [string, Tensor][]>();
  for (const [name, tensor] of entries) {
    const [length] = tensor.shape;
    if (length !== undefined) byLength.set(length, [...(byLength.get(length) ?? []), [name, tensor]]);
  }
  return [
    ...(single.length === 0 ? [] : [singleValues(single)]),
    ...[...byLength.entries()].sort(([a], [b]) => b - a).map(([length, group]) => rowsOf(length, group)),
  ];
}

function singleValues(single: readonly (readonly [string, Tensor])[]): AnswerTable {
  return {
    title: "Single values",
    columns: ["output", "value"],
    rows: single.map(([name, tensor]) => [name, cellText(tensor, 0)]),
    rest: undefined,
  };
}

interface AnswerColumn {
  readonly heading: string;
  readonly tensor: Tensor;
  readonly width: number;
  readonly at: number;
}

function rowsOf(length: number, group: readonly (readonly [string, Tensor])[]): AnswerTable {
  const all = group.reduce((sum, [, tensor]) => sum + widthOf(tensor), 0);
  const columns = group.flatMap(([name, tensor]) => columnsOf(name, tensor)).slice(0, shownColumnsMax);
  const shown = Math.min(length, shownRowsMax);
  const left = [
    length > shown && `${shown} of ${length.toLocaleString("en-US")} rows`,
    all > columns.length && `${columns.length} of ${all.toLocaleString("en-US")} columns`,
  ].filter((part) => part !== false);
  return {
    title: group
      .map(([name, { datatype, shape }]) => `${name} ${datatype} [${shape.join(", ")}]`)
      .join(" · "),
    columns: ["row", ...columns.map(({ heading }) => heading)],
    rows: Array.from({ length: shown }, (_, row) => [
      String(row),
      ...columns.map(({ tensor, width, at }) => cellText(tensor, row * width + at)),
    ]),
    rest: left.length === 0 ? undefined : `Shown are the first ${left.join(" and ")}.`,
  };
}

function widthOf({ shape }: Tensor): number {
  return elementCount(shape.slice(1));
}

/** A column for each element of a row, but no more of them than are shown. */
function columnsOf(name: string, tensor: Tensor): AnswerColumn[] {
  const width = widthOf(tensor);
  const inner = tensor.shape.slice(1);
  return Array.from({ length: Math.min(width, shownColumnsMax) }, (_, at) => ({
    heading: inner.length === 0 ? name : `${name}[${placeOf(at, inner).join(", ")}]`,
    tensor,
    width,
    at,
  }));
}

function placeOf(at: number, sizes: readonly number[]): number[] {
  let rest = at;
  const place: number[] = [];
  for (const size of [...sizes].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return place;
}
