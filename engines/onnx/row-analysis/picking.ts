/**
 * Rules for operators that select parts of tensors and join them. Selecting by index along the rows' axis combines
 * rows. Pure.
 */
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { numberOf, type Size, same, sizeOf, type UnknownSizes } from "./sizes.js";
import { sliced } from "./slicing.js";
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

export const picking: OperatorRules = {
  Concat: concatenated,
  Split: divided,
  Slice: sliced,
  Gather: gathered,
  GatherElements: ({ inputs: [data, indices], attributes }) => {
    const [rows, picks] = [rowsOf(data), rowsOf(indices)];
    const shape = shapeOf(indices);
    const axis = axisOf(attributes.integer("axis") ?? 0, shape.length);
    if (rows?.axis === axis || (rows !== undefined && picks !== undefined && rows.axis !== picks.axis))
      rowsInteract("picks rows by their place");
    if (rows !== undefined && picks === undefined) return undecidable("picks by a constant of as many rows");
    if (rows === undefined && picks !== undefined && picks.axis !== axis)
      rowsInteract("picks for each row by its place");
    return picks === undefined ? { dependence: counted, shape } : rowsValue(shape, picks.axis);
  },
  GatherND: gatheredDeep,
  Pad: padded,
  OneHot: ({ inputs: [indices, depth, values], attributes, unknown }) => {
    requireFixed(depth, "number of classes");
    requireFixed(values, "values");
    const shape = shapeOf(indices);
    const axis = axisOf(attributes.integer("axis") ?? -1, shape.length + 1);
    const classes = depth?.elements?.[0] ?? unknown.next();
    const made = [...shape.slice(0, axis), classes, ...shape.slice(axis)];
    const rows = rowsOf(indices);
    if (rows === undefined) return { dependence: indices?.dependence ?? counted, shape: made };
    return rowsValue(made, rows.axis < axis ? rows.axis : rows.axis + 1);
  },
  Compress: ({ inputs: [x, condition], attributes, unknown }) => {
    requireFixed(condition, "choice");
    const rows = rowsOf(x);
    const axis = attributes.integer("axis");
    if (rows === undefined) return { dependence: x?.dependence ?? counted };
    if (axis === undefined || axisOf(axis, rows.shape.length) === rows.axis) rowsInteract("leaves rows out");
    const at = axisOf(axis, rows.shape.length);
    return rowsValue(
      rows.shape.map((size, each) => (each === at ? unknown.next() : size)),
      rows.axis,
    );
  },
  ReverseSequence: ({ inputs: [x, lengths], attributes }) => {
    const rows = rowsOf(x);
    const given = rowsOf(lengths);
    if (rows === undefined) return undecidable("turns a constant round by the rows");
    if ((attributes.integer("time_axis") ?? 0) === rows.axis)
      rowsInteract("turns the order of the rows round");
    if ((attributes.integer("batch_axis") ?? 1) !== rows.axis || given === undefined)
      return undecidable("has lengths that are not each row's own");
    return rowsValue(rows.shape, rows.axis);
  },
  ...rulesFor("NonZero", () => rowsInteract("lists entries of all rows together")),
  ...rulesFor("Unique", () => rowsInteract("looks for what repeats in all rows together")),
  ...rulesFor("ScatterElements ScatterND Scatter", scattered),
};

function concatenated({ inputs, attributes, unknown }: OperatorCall): Value {
  const given = inputs.filter((value) => value !== undefined);
  const shapes = given.map(shapeOf);
  const rank = shapes[0]?.length ?? 0;
  const axis = axisOf(attributes.integer("axis") ?? 1, rank);
  const sizes = shapes.map((shape) => shape[axis] as Size);
  const shape = (shapes[0] ?? []).map((size, at) => (at === axis ? sumOf(sizes, unknown) : size));
  if (given.every(({ elements }) => elements !== undefined) && rank === 1)
    return elementsValue(
      given.flatMap(({ elements = [] }) => elements),
      shape,
    );
  const holding = given.map(rowsOf).filter((rows) => rows !== undefined);
  const [first] = holding;
  if (first === undefined)
    return {
      dependence: given.some(({ dependence }) => dependence.kind === "counted") ? counted : { kind: "fixed" },
      shape,
    };
  if (holding.some((rows) => rows.axis === axis)) rowsInteract("puts other rows after the rows");
  if (holding.some((rows) => rows.axis !== first.axis)) rowsInteract("puts each row beside others");
  if (holding.length < given.length) rowsInteract("gives each row something else by its place");
  if (holding.some((rows) => !same(rows.size, first.size)))
    return undecidable("puts together rows of different sizes");
  return rowsValue(shape, first.axis);
}

/** Limit on the characters of a sum's name: repeatedly adding a sum to itself would double them each time. */
const sumLengthMax = 1_024;

/** The sum of sizes; it gets a name of its own where any of them is open. */
function sumOf(sizes: readonly Size[], unknown: UnknownSizes): Size {
  const numbers = sizes.map(numberOf);
  if (numbers.every((each) => each !== undefined)) return sizeOf(numbers.reduce((a, b) => a + b, 0));
  const text = sizes.map(({ factor, rows, names }) =>
    [factor, ...new Array(rows).fill("rows"), ...names].join("*"),
  );
  if (text.join("+").length > sumLengthMax) return unknown.next();
  return { factor: 1, rows: Math.max(...sizes.map(({ rows }) => rows)), names: [`(${text.join("+")})`] };
}

function divided({ inputs: [x, lengths], attributes, outputs, unknown }: OperatorCall): Value[] {
  requireFixed(lengths, "lengths");
  const shape = shapeOf(x);
  const axis = axisOf(attributes.integer("axis") ?? 0, shape.length);
  const rows = rowsOf(x);
  if (rows?.axis === axis) rowsInteract("cuts between the rows");
  const given = attributes.integers("split") ?? numbersOf(lengths);
  const whole = numberOf(shape[axis]);
  const even = whole === undefined ? undefined : whole / outputs.length;
  return outputs.map((_, i) => {
    const length = given?.[i] ?? (Number.isInteger(even) ? even : undefined);
    const part = shape.map((size, at) =>
      at === axis ? (length === undefined ? unknown.next() : sizeOf(length)) : size,
    );
    if (rows !== undefined) return rowsValue(part, rows.axis);
    if (x?.elements === undefined || given === undefined)
      return { dependence: x?.dependence ?? counted, shape: part };
    const from = given.slice(0, i).reduce((a, b) => a + b, 0);
    return elementsValue(x.elements.slice(from, from + (length ?? 0)), part);
  });
}

function gathered({ inputs: [data, indices], attributes }: OperatorCall): Value {
  const shape = shapeOf(data);
  const picked = shapeOf(indices);
  const axis = axisOf(attributes.integer("axis") ?? 0, shape.length);
  const made = [...shape.slice(0, axis), ...picked, ...shape.slice(axis + 1)];
  const places = numbersOf(indices);
  if (data?.elements !== undefined && places !== undefined && picked.length <= 1) {
    const taken = places.map((place) => data.elements?.at(place));
    if (taken.every((each) => each !== undefined)) return elementsValue(taken, picked);
  }
  const [rows, picks] = [rowsOf(data), rowsOf(indices)];
  if (rows === undefined && picks === undefined) {
    const by = [data, indices].some((each) => each?.dependence.kind === "counted");
    return { dependence: by ? counted : { kind: "fixed" }, shape: made };
  }
  if (rows !== undefined && picks !== undefined) rowsInteract("picks rows by what rows hold");
  if (rows?.axis === axis) rowsInteract("picks rows by their place");
  if (indices?.dependence.kind === "counted" || data?.dependence.kind === "counted")
    rowsInteract("picks by the number of rows");
  if (picks !== undefined) return rowsValue(made, axis + picks.axis);
  const at = rows?.axis ?? 0;
  return rowsValue(made, at < axis ? at : at - 1 + picked.length);
}

function gatheredDeep({ inputs: [data, indices], attributes }: OperatorCall): Value {
  const [shape, picked] = [shapeOf(data), shapeOf(indices)];
  const shared = attributes.integer("batch_dims") ?? 0;
  const depth = numberOf(picked.at(-1));
  const [rows, picks] = [rowsOf(data), rowsOf(indices)];
  if (depth === undefined || picks === undefined || picks.axis >= picked.length - 1)
    return undecidable("picks where it cannot be told");
  const made = [...picked.slice(0, -1), ...shape.slice(shared + depth)];
  if (rows === undefined && picks.axis >= shared && data?.dependence.kind === "fixed")
    return rowsValue(made, picks.axis);
  if (rows !== undefined && rows.axis < shared && rows.axis === picks.axis)
    return rowsValue(made, picks.axis);
  return undecidable("picks rows by numbers that the graph computes");
}

function padded({ inputs, attributes, unknown, opset }: OperatorCall): Value {
  const [x, amounts, value, along] = inputs;
  requireFixed(value, "filling");
  const shape = shapeOf(x);
  const pads =
    opset < 11 ? (attributes.integers("pads") ?? attributes.integers("paddings")) : numbersOf(amounts);
  const axes = along === undefined ? shape.map((_, axis) => axis) : numbersOf(along);
  if (pads === undefined || axes === undefined) return undecidable("fills up by numbers that are not known");
  const at = axes.map((axis) => axisOf(axis, shape.length));
  const extra = (axis: number) => {
    const place = at.indexOf(axis);
    return place < 0 ? [0, 0] : [pads[place] ?? 0, pads[place + at.length] ?? 0];
  };
  const rows = rowsOf(x);
  if (rows !== undefined && extra(rows.axis).some((each) => each !== 0))
    rowsInteract("fills up the rows with others");
  const made = shape.map((size, axis) => {
    const [before = 0, after = 0] = extra(axis);
    if (before === 0 && after === 0) return size;
    const whole = numberOf(size);
    return whole === undefined ? unknown.next() : sizeOf(whole + before + after);
  });
  return rows === undefined
    ? { dependence: x?.dependence ?? counted, shape: made }
    : rowsValue(made, rows.axis);
}

/**
 * Allowed only where each row is written into itself: both tensors have their rows on the same axis, and it is not
 * the axis of the indices.
 */
function scattered({ operator, inputs, attributes }: OperatorCall): Value {
  const [data, indices, updates] = inputs.map(rowsOf);
  if (operator === "ScatterND" || data === undefined || indices === undefined)
    return undecidable("writes where the graph computes");
  const axis = axisOf(attributes.integer("axis") ?? 0, data.shape.length);
  if (data.axis === axis) rowsInteract("writes over rows by their place");
  if (updates === undefined || indices.axis !== data.axis || updates.axis !== data.axis)
    return undecidable("writes where the graph computes");
  return rowsValue(data.shape, data.axis);
}
