/** Rules for operators that combine their inputs element by element with broadcasting. Pure. */
import { dividedBy, isOne, isUnknown, numberOf, type Size, same } from "./sizes.js";
import {
  counted,
  fixed,
  type RowsValue,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

/**
 * @throws RowsInteractError when rows are combined with each other, or with values that depend on their index or
 * their number
 */
export function broadcast(values: readonly (Value | undefined)[]): Value {
  const given = values.filter((value) => value !== undefined);
  const holding = given.map(rowsOf).filter((rows) => rows !== undefined);
  if (holding.length === 0) return withoutRows(given);
  const rank = given.reduce((most, value) => Math.max(most, shapeOf(value).length), 0);
  const at = alignedAxis(holding, rank);
  for (const value of given) requireNoPlaces(value, at, rank);
  return rowsValue(stretched(given.map(shapeOf), rank), at);
}

/** The axis on which all inputs have their rows, counted in the result's shape. */
function alignedAxis(holding: readonly RowsValue[], rank: number): number {
  const [first] = holding as readonly [RowsValue];
  const at = first.axis + rank - first.shape.length;
  for (const { axis, shape, size } of holding) {
    if (axis + rank - shape.length !== at) rowsInteract("pairs each row with every other");
    if (!same(size, first.size)) undecidable("pairs rows of different sizes");
  }
  return at;
}

function requireNoPlaces(value: Value, at: number, rank: number): void {
  if (rowsOf(value) !== undefined) return;
  if (value.dependence.kind === "counted") rowsInteract("computes with the number of rows");
  const shape = shapeOf(value);
  const axis = at - (rank - shape.length);
  const size = axis < 0 ? undefined : shape[axis];
  if (size === undefined || isOne(size)) return;
  if (numberOf(size) === undefined)
    undecidable("pairs the rows with a tensor of which it is not known that it has one row");
  rowsInteract(
    `gives each row something else by its place: it pairs the rows with a constant of ${size.factor} rows`,
  );
}

function withoutRows(values: readonly Value[]): Value {
  const dependence = values.some(({ dependence: { kind } }) => kind === "counted") ? counted : fixed;
  if (values.some(({ shape }) => shape === undefined)) return { dependence };
  const shapes = values.map(shapeOf);
  const rank = shapes.reduce((most, shape) => Math.max(most, shape.length), 0);
  return { dependence, shape: stretched(shapes, rank) };
}

export function stretched(shapes: readonly (readonly Size[])[], rank: number): Size[] {
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.flatMap((shape) => shape[axis - (rank - shape.length)] ?? []);
    return sizes.reduce(stretchedSize);
  });
}

/** The broadcast result of two sizes that are equal or of which one is 1; the better known of both. */
function stretchedSize(a: Size, b: Size): Size {
  if (isOne(a)) return b;
  if (isOne(b) || numberOf(a) !== undefined) return a;
  if (numberOf(b) !== undefined || isUnknown(a)) return b;
  return dividedBy(b, a) !== undefined && a.rows < b.rows ? b : a;
}
