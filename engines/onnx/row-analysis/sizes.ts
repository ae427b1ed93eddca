/**
 * A size in a graph, as a product of a number, a power of the number of rows, and the names of open sizes. `rows *
 * tokens * 64` can therefore be divided, and is known to contain the rows. Pure.
 */

export interface Size {
  readonly factor: number;
  /** The exponent of the number of rows. */
  readonly rows: number;
  /** The names of open sizes, sorted. */
  readonly names: readonly string[];
}

export const one: Size = { factor: 1, rows: 0, names: [] };
/** The number of rows. */
export const rowCount: Size = { factor: 1, rows: 1, names: [] };

export function sizeOf(factor: number): Size {
  return { factor, rows: 0, names: [] };
}

export function openSize(name: string): Size {
  return { factor: 1, rows: 0, names: [name] };
}

/** Undefined for a size that contains open sizes or the number of rows. */
export function numberOf(size: Size | undefined): number | undefined {
  return size !== undefined && size.rows === 0 && size.names.length === 0 ? size.factor : undefined;
}

export function isOne(size: Size | undefined): boolean {
  return numberOf(size) === 1;
}

export function same(a: Size, b: Size): boolean {
  return a.factor === b.factor && a.rows === b.rows && a.names.join("*") === b.names.join("*");
}

/** Limit on the open sizes in one product: repeatedly squaring a size would double them each time. */
const namesMax = 64;

/** @throws when the product has too many open sizes */
export function times(a: Size, b: Size): Size {
  if (a.names.length + b.names.length > namesMax)
    throw new Error(`a size in it is a product of more than ${namesMax} open sizes`);
  if (a.factor === 0 || b.factor === 0) return sizeOf(0);
  return {
    factor: a.factor * b.factor,
    rows: a.rows + b.rows,
    names: [...a.names, ...b.names].sort(),
  };
}

export function productOf(sizes: readonly Size[]): Size {
  return sizes.reduce(times, one);
}

/** Undefined where `b` does not divide `a` for all values of the open sizes. */
export function dividedBy(a: Size, b: Size): Size | undefined {
  if (b.factor === 0 || a.factor % b.factor !== 0 || b.rows > a.rows) return undefined;
  const names = [...a.names];
  for (const name of b.names) {
    const at = names.indexOf(name);
    if (at < 0) return undefined;
    names.splice(at, 1);
  }
  return { factor: a.factor / b.factor, rows: a.rows - b.rows, names };
}

/** Generates names for sizes of which nothing is known. */
export class UnknownSizes {
  private made = 0;

  next(): Size {
    return openSize(`?${++this.made}`);
  }
}

export function isUnknown({ names }: Size): boolean {
  return names.some((name) => name.startsWith("?"));
}
