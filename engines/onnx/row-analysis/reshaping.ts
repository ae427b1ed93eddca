/**
 * Rules for operators that change a tensor's shape but not its elements, and for those that create a tensor of a
 * given shape. Pure.
 */
import { broadcast } from "./broadcast.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import {
  dividedBy,
  isOne,
  numberOf,
  one,
  productOf,
  type Size,
  same,
  sizeOf,
  times,
  type UnknownSizes,
} from "./sizes.js";
import {
  axisOf,
  counted,
  elementsValue,
  numbersOf,
  requireFixed,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

export const reshaping: OperatorRules = {
  Shape: ({ inputs, attributes }) => {
    const shape = shapeOf(inputs[0]);
    const part = shape.slice(attributes.integer("start") ?? 0, attributes.integer("end"));
    return elementsValue(part, [sizeOf(part.length)]);
  },
  Size: ({ inputs }) => elementsValue([productOf(shapeOf(inputs[0]))], []),
  Constant: constant,
  ConstantOfShape: filled,
  Reshape: ({ inputs, attributes, unknown, opset }) => {
    const [x, target] = inputs;
    const wanted = opset < 5 ? attributes.integers("shape")?.map(sizeOf) : target?.elements;
    if (wanted === undefined) return undecidable("has a shape that is not known");
    return reshaped(x, wanted, attributes.integer("allowzero") === 1, unknown);
  },
  Flatten: ({ inputs: [x], attributes, unknown }) => {
    const shape = shapeOf(x);
    const axis = attributes.integer("axis") ?? 1;
    const at = axis < 0 ? axis + shape.length : axis;
    const sizes = [productOf(shape.slice(0, at)), productOf(shape.slice(at))];
    return reshaped(x, sizes, true, unknown);
  },
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  Transpose: ({ inputs: [x], attributes }) => {
    const shape = shapeOf(x);
    const order = attributes.integers("perm") ?? shape.map((_, axis) => shape.length - 1 - axis);
    const turned = order.map((axis) => shape[axis] ?? one);
    const rows = rowsOf(x);
    if (rows === undefined) return { dependence: x?.dependence ?? counted, shape: turned };
    return rowsValue(turned, order.indexOf(rows.axis));
  },
  Expand: expanded,
  Tile: tiled,
  ...rulesFor("Range EyeLike", ({ operator, inputs, unknown }) => {
    if (inputs.some((each) => rowsOf(each) !== undefined))
      rowsInteract("makes a tensor that follows what the rows hold");
    const [start, limit, step] = inputs.map((each) => each?.elements?.[0]);
    const length = limit !== undefined && numberOf(start) === 0 && isOne(step) ? limit : unknown.next();
    if (
      operator === "EyeLike" ||
      length.rows > 0 ||
      inputs.some((each) => each?.dependence.kind === "counted")
    )
      return undecidable("numbers the rows by their place");
    return { dependence: { kind: "fixed" }, shape: [length] };
  }),
  Trilu: ({ inputs: [x, k] }) => {
    requireFixed(k, "diagonal");
    const rows = rowsOf(x);
    if (rows !== undefined && rows.axis >= rows.shape.length - 2)
      rowsInteract("cuts a triangle through the rows");
    return broadcast([x]);
  },
};

function constant({ attributes }: OperatorCall): Value {
  const number = attributes.integer("value_int") ?? attributes.float("value_float");
  if (number !== undefined) return elementsValue([sizeOf(number)], []);
  const list = attributes.integers("value_ints") ?? attributes.floats("value_floats");
  if (list !== undefined) return elementsValue(list.map(sizeOf), [sizeOf(list.length)]);
  return attributes.tensor("value") ?? { dependence: { kind: "fixed" } };
}

function filled({ inputs: [target], attributes }: OperatorCall): Value {
  const shape = target?.elements;
  if (shape === undefined) return undecidable("has a shape that is not known");
  const value = attributes.has("value") ? attributes.tensor("value")?.elements?.[0] : sizeOf(0);
  const count = shape.length === 0 ? 1 : shape.length === 1 ? numberOf(shape[0]) : undefined;
  if (count !== undefined && count <= 64 && value !== undefined)
    return elementsValue(new Array<Size>(count).fill(value), shape);
  return shaped(shape);
}

/** A tensor filled with one number; rows in its shape are independent. */
function shaped(shape: readonly Size[]): Value {
  const holding = shape.flatMap(({ rows }, axis) => (rows > 0 ? [axis] : []));
  const [axis] = holding;
  if (axis === undefined) return { dependence: { kind: "fixed" }, shape };
  if (holding.length > 1 || shape[axis]?.rows !== 1) return undecidable("makes a tensor of rows by rows");
  return rowsValue(shape, axis);
}

/** Rows stay contiguous where the product of the sizes before their axis is unchanged. */
function reshaped(
  x: Value | undefined,
  wanted: readonly Size[],
  zeroIsZero: boolean,
  unknown: UnknownSizes,
): Value {
  const rows = rowsOf(x);
  const before = x?.shape;
  if (x === undefined) return undecidable("has no input");
  if (rows === undefined) {
    const shape = before && sizesOf(before, wanted, zeroIsZero, () => unknown.next());
    const list = shape === undefined || shape.length > 1 ? undefined : x.elements;
    return { dependence: x.dependence, shape, ...(list !== undefined && { elements: list }) };
  }
  const total = productOf(rows.shape);
  const shape = sizesOf(rows.shape, wanted, zeroIsZero, (others) => {
    if (total.names.length === 0) rowsInteract("cuts the rows into others: the sizes do not divide");
    if (others.rows > 0) return unknown.next();
    return undecidable("has a shape of which it is not known that it keeps the rows");
  });
  const axis = shape.findIndex((size) => size.rows > 0);
  if (axis < 0) return rowsInteract("has a shape that does not follow the number of rows");
  if (shape.some((size, at) => size.rows > 1 || (at !== axis && size.rows > 0)))
    return undecidable("makes a tensor of rows by rows");
  const [lead, had] = [productOf(shape.slice(0, axis)), productOf(rows.shape.slice(0, rows.axis))];
  if (same(lead, had)) return rowsValue(shape, axis);
  if (numberOf(lead) !== undefined && numberOf(had) !== undefined) rowsInteract("cuts the rows into others");
  return undecidable("has a shape of which it is not known that it keeps the rows");
}

/** @param otherwise the size for -1 where the sizes do not divide */
function sizesOf(
  had: readonly Size[],
  wanted: readonly Size[],
  zeroIsZero: boolean,
  otherwise: (others: Size) => Size,
): Size[] {
  const copied = wanted.map((size, axis) => (!zeroIsZero && size.factor === 0 ? (had[axis] ?? one) : size));
  const others = productOf(copied.filter(({ factor }) => factor !== -1));
  return copied.map((size) => {
    if (size.factor !== -1) return size;
    return dividedBy(productOf(had), others) ?? otherwise(others);
  });
}

function axesOf({ inputs, attributes }: OperatorCall): number[] | undefined {
  return inputs[1] === undefined ? attributes.integers("axes") : numbersOf(inputs[1]);
}

function squeezed(call: OperatorCall): Value {
  const [x] = call.inputs;
  const shape = shapeOf(x);
  const axes = axesOf(call);
  if (
    axes === undefined &&
    (call.inputs[1] !== undefined || shape.some((size) => numberOf(size) === undefined))
  )
    return undecidable("takes away axes that are not known");
  const gone = new Set(
    axes?.map((axis) => axisOf(axis, shape.length)) ??
      shape.flatMap((size, axis) => (isOne(size) ? [axis] : [])),
  );
  const left = shape.filter((_, axis) => !gone.has(axis));
  const rows = rowsOf(x);
  if (rows === undefined) return { dependence: x?.dependence ?? counted, shape: left, elements: x?.elements };
  if (gone.has(rows.axis)) rowsInteract("takes the rows' axis away: it answers one row and no more");
  return rowsValue(left, rows.axis - [...gone].filter((axis) => axis < rows.axis).length);
}

function unsqueezed(call: OperatorCall): Value {
  const [x] = call.inputs;
  const axes = axesOf(call);
  if (axes === undefined) return undecidable("adds axes that are not known");
  const shape = shapeOf(x);
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  let from = 0;
  let at = 0;
  const rows = rowsOf(x);
  const made = Array.from({ length: rank }, (_, axis) => {
    if (added.has(axis)) return one;
    if (from === rows?.axis) at = axis;
    return shape[from++] ?? one;
  });
  if (rows === undefined)
    return {
      dependence: x?.dependence ?? counted,
      shape: made,
      elements: rank <= 1 ? x?.elements : undefined,
    };
  return rowsValue(made, at);
}

function expanded({ inputs: [x, target] }: OperatorCall): Value {
  const wanted = target?.elements;
  if (wanted === undefined || x === undefined) return undecidable("has a shape that is not known");
  return broadcast([x, shaped(wanted)]);
}

function tiled({ inputs: [x, repeats] }: OperatorCall): Value {
  const shape = shapeOf(x);
  const often = repeats?.elements;
  if (often === undefined) return undecidable("repeats as often as is not known");
  const made = shape.map((size, axis) => times(size, often[axis] ?? one));
  const rows = rowsOf(x);
  if (rows !== undefined) {
    if (!isOne(often[rows.axis])) rowsInteract("repeats the rows");
    if (often.some((each) => each.rows > 0)) rowsInteract("repeats each row as often as there are rows");
    return rowsValue(made, rows.axis);
  }
  return x?.dependence.kind === "counted" ? undecidable("repeats the number of rows") : shaped(made);
}
