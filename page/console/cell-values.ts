/** Converts the text of one cell into an element of a tensor. Pure. */
import type { Datatype } from "../../protocol/tensor.js";

/** An element before it is packed: FP16 is a plain number here. */
export type CellValue = number | bigint | string;

interface IntegerBounds {
  readonly least: bigint;
  readonly most: bigint;
}

function bounds(bits: number, isSigned: boolean): IntegerBounds {
  const all = 1n << BigInt(bits);
  return isSigned ? { least: -all / 2n, most: all / 2n - 1n } : { least: 0n, most: all - 1n };
}

const integers: Partial<Record<Datatype, IntegerBounds>> = {
  UINT8: bounds(8, false),
  UINT16: bounds(16, false),
  UINT32: bounds(32, false),
  UINT64: bounds(64, false),
  INT8: bounds(8, true),
  INT16: bounds(16, true),
  INT32: bounds(32, true),
  INT64: bounds(64, true),
};

const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  null: Number.NaN,
  inf: Infinity,
  "+inf": Infinity,
  "-inf": -Infinity,
  infinity: Infinity,
  "-infinity": -Infinity,
};

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What is wrong with a cell, or its value. */
export type CellReading = { readonly value: CellValue } | { readonly problem: string };

/** Reads a cell; the problem ends the sentence that begins with the cell's place. */
export function readCell(text: string, datatype: Datatype): CellReading {
  if (datatype === "BYTES") return { value: text };
  const cell = text.trim();
  if (datatype === "BOOL") return readBoolean(cell);
  const range = integers[datatype];
  if (range !== undefined) return readInteger(cell, datatype, range);
  const word = words[cell.toLowerCase()];
  if (word !== undefined) return { value: word };
  return number.test(cell) ? { value: Number(cell) } : { problem: `${quoted(cell)} is not a number` };
}

function readBoolean(cell: string): CellReading {
  if (/^(true|1)$/i.test(cell)) return { value: 1 };
  return /^(false|0)$/i.test(cell) ? { value: 0 } : { problem: `${quoted(cell)} is neither true nor false` };
}

function readInteger(cell: string, datatype: Datatype, { least, most }: IntegerBounds): CellReading {
  if (!/^[+-]?\d{1,20}(\.0*)?$/.test(cell)) return { problem: `${quoted(cell)} is not a whole number` };
  const value = BigInt(cell.replace(/^\+|\..*$/g, ""));
  if (value < least || value > most)
    return { problem: `${quoted(cell)} is outside of ${datatype}, which holds ${least} to ${most}` };
  return { value: datatype.endsWith("64") ? value : Number(value) };
}

function quoted(cell: string): string {
  return cell === "" ? "an empty cell" : `"${cell.length > 24 ? `${cell.slice(0, 24)}…` : cell}"`;
}

/** The 16 bits of a number in IEEE 754's half precision, rounded to the nearest even. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65_520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | roundedEven(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  const exact = size < 2 ** exponent ? exponent - 1 : exponent;
  // A fraction that rounds up to 1,024 carries into the exponent, as it should.
  return sign | (((exact + 15) << 10) + roundedEven((size / 2 ** exact - 1) * 1_024));
}

function roundedEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}
