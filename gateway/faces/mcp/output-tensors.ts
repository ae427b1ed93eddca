/** Shows the tensors of an answer to an agent: some rows as nested lists, and figures of what is left out. */
import { fromWire, type Values, type WireTensor } from "../../../protocol/tensor.js";

export interface TensorWindow {
  /** The first row to show. */
  readonly fromRow: number;
  /** The largest number of rows to show. */
  readonly rows: number;
  /** The largest number of elements to show. */
  readonly elements: number;
}

export interface ShownTensor {
  readonly datatype: string;
  readonly shape: number[];
  /** The elements of the rows that are shown, nested as the shape says; flat where one row is too large. */
  readonly data: unknown;
  readonly shown_rows?: string;
  readonly summary?: TensorSummary;
}

/** Figures over all elements of a tensor, those that are shown and those that are not. */
export interface TensorSummary {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** The number of elements that are NaN or infinite; the other figures leave them out. */
  readonly not_finite: number;
}

export function shownTensor(tensor: WireTensor, { fromRow, rows, elements }: TensorWindow): ShownTensor {
  const { datatype, shape, data } = fromWire(tensor);
  const head = { datatype, shape: [...shape] };
  const [count] = shape;
  if (count === undefined) return { ...head, data: plain(data[0], datatype) };
  const size = shape.slice(1).reduce((product, each) => product * each, 1);
  const first = Math.min(fromRow, count);
  const fits = Math.floor(elements / Math.max(1, size));
  const last = Math.min(count, first + Math.min(rows, fits));
  if (first === 0 && last === count) return { ...head, data: nested(data, datatype, shape, 0, count * size) };
  const whole = last > first || size === 0 || first === count;
  const ends: [number, number] = whole
    ? [first * size, last * size]
    : [first * size, first * size + elements];
  return {
    ...head,
    data: whole
      ? nested(data, datatype, [last - first, ...shape.slice(1)], ...ends)
      : slice(data, datatype, ...ends),
    shown_rows: whole
      ? `rows ${first} to ${last - 1} of ${count}; call again with from_row for others`
      : `the first ${elements} elements of row ${first} of ${count}: a row has ${size}`,
    ...(hasSummary(data, datatype) && { summary: summaryOf(data) }),
  };
}

/** Elements as lists of lists, the innermost dimension last. */
function nested(
  data: Values | readonly string[],
  datatype: string,
  shape: readonly number[],
  start: number,
  end: number,
): unknown {
  let level: unknown[] = slice(data, datatype, start, end);
  for (let depth = shape.length - 1; depth > 0; depth--) {
    const size = shape[depth] as number;
    const count: number = shape.slice(0, depth).reduce((product, each) => product * each, 1);
    level = Array.from({ length: count }, (_, i) => level.slice(i * size, (i + 1) * size));
  }
  return level;
}

function slice(data: Values | readonly string[], datatype: string, start: number, end: number): unknown[] {
  const shown: unknown[] = [];
  for (let i = start; i < end; i++) shown.push(plain(data[i], datatype));
  return shown;
}

/** JSON has no NaN, no infinity and no exact integers beyond 2^53: those are strings. */
function plain(value: number | bigint | string | undefined, datatype: string): unknown {
  if (datatype === "BOOL") return value === 1;
  if (datatype === "FP16") return halfValue(Number(value));
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** The number that 16 bits of IEEE 754 stand for. */
function halfValue(bits: number): number | string {
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction === 0 ? String(sign * Infinity) : "NaN";
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1_024) * 2 ** (exponent - 15));
}

/** More elements than these would take the socket thread more than 10 ms. */
const summarizedMax = 1_048_576;

function hasSummary(data: Values | readonly string[], datatype: string): data is Values {
  return ArrayBuffer.isView(data) && datatype !== "FP16" && data.length <= summarizedMax;
}

function summaryOf(data: Values): TensorSummary {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  let finite = 0;
  for (const each of data) {
    const value = Number(each);
    if (!Number.isFinite(value)) continue;
    finite++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const known = finite > 0;
  return {
    min: known ? min : null,
    max: known ? max : null,
    mean: known ? sum / finite : null,
    not_finite: data.length - finite,
  };
}
