/**
 * Rules for operators that work along an axis: sums, softmaxes, sorts, norms. Along the rows' axis they combine rows.
 * Pure.
 */
import { broadcast } from "./broadcast.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { one, type Size } from "./sizes.js";
import {
  axisOf,
  counted,
  fixedValue,
  numbersOf,
  requireFixed,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

const reducing = `
  ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare`;

export const reductions: OperatorRules = {
  ...rulesFor(reducing, reduced),
  ...rulesFor("ArgMax ArgMin", (call) => without(call, [call.attributes.integer("axis") ?? 0])),
  ...rulesFor("Softmax LogSoftmax Hardmax", normalized),
  ...rulesFor("LpNormalization", (call) => along(call, call.attributes.integer("axis") ?? -1)),
  ...rulesFor("LayerNormalization SimplifiedLayerNormalization RMSNormalization", (call) =>
    layer(call, call.inputs[0], call.inputs.slice(1)),
  ),
  CumSum: (call) => {
    const [axis] = numbersOf(call.inputs[1]) ?? [];
    return axis === undefined ? undecidable("sums along an axis that is not known") : along(call, axis);
  },
  TopK: sorted,
  MeanVarianceNormalization: (call) => {
    const axes = call.attributes.integers("axes") ?? [0, 2, 3];
    const rows = rowsOf(call.inputs[0]);
    if (rows !== undefined && axes.some((axis) => axisOf(axis, rows.shape.length) === rows.axis))
      rowsInteract("takes mean and variance over the rows");
    return broadcast([call.inputs[0]]);
  },
  DynamicQuantizeLinear: ({ inputs }) => {
    if (rowsOf(inputs[0]) !== undefined)
      rowsInteract("takes one scale from the least and the greatest value of all rows: quantize statically");
    return [fixedValue(shapeOf(inputs[0])), fixedValue([]), fixedValue([])];
  },
};

function reduced(call: OperatorCall): Value {
  const { attributes, inputs } = call;
  const axes = attributes.integers("axes") ?? (inputs[1] === undefined ? [] : numbersOf(inputs[1]));
  if (axes === undefined) return undecidable("goes over axes that are not known");
  const none = axes.length === 0;
  if (none && attributes.integer("noop_with_empty_axes") === 1) return broadcast([inputs[0]]);
  return without(call, none ? shapeOf(inputs[0]).map((_, axis) => axis) : axes);
}

/** Reduced axes are removed, or get size 1. */
function without({ inputs, attributes }: OperatorCall, axes: readonly number[]): Value {
  const [x] = inputs;
  const shape = shapeOf(x);
  const over = new Set(axes.map((axis) => axisOf(axis, shape.length)));
  const kept = attributes.integer("keepdims") ?? 1;
  const left = shape.flatMap((size, axis): Size[] => (over.has(axis) ? (kept === 1 ? [one] : []) : [size]));
  const rows = rowsOf(x);
  if (rows === undefined) return { dependence: x?.dependence ?? counted, shape: left };
  if (over.has(rows.axis)) rowsInteract("goes over the rows");
  const gone = kept === 1 ? 0 : [...over].filter((axis) => axis < rows.axis).length;
  return rowsValue(left, rows.axis - gone);
}

/** An operator that combines the entries along one axis and keeps the shape. */
export function along({ inputs: [x] }: OperatorCall, axis: number): Value {
  const rows = rowsOf(x);
  if (rows !== undefined && axisOf(axis, rows.shape.length) === rows.axis) rowsInteract("goes over the rows");
  return broadcast([x]);
}

/** Before opset 13 all axes from the given one on are treated as one. */
function normalized(call: OperatorCall): Value {
  const { attributes, inputs, opset } = call;
  if (opset >= 13) return along(call, attributes.integer("axis") ?? -1);
  const rows = rowsOf(inputs[0]);
  const axis = attributes.integer("axis") ?? 1;
  if (rows !== undefined && rows.axis >= axisOf(axis, rows.shape.length)) rowsInteract("goes over the rows");
  return broadcast([inputs[0]]);
}

/** Mean and variance over the axes from the given one to the last. */
export function layer(
  { attributes }: OperatorCall,
  x: Value | undefined,
  scales: readonly (Value | undefined)[],
): Value[] {
  for (const scale of scales) requireFixed(scale, "scale");
  const rows = rowsOf(x);
  const axis = attributes.integer("axis") ?? -1;
  if (rows !== undefined && rows.axis >= axisOf(axis, rows.shape.length))
    rowsInteract("takes mean and variance over the rows");
  const shape = shapeOf(x);
  const answered = broadcast([x]);
  if (rows === undefined) return [answered, answered, answered];
  const start = axisOf(axis, shape.length);
  const moments = rowsValue(
    shape.map((size, at) => (at >= start ? one : size)),
    rows.axis,
  );
  return [answered, moments, moments];
}

function sorted({ inputs, attributes, unknown }: OperatorCall): Value[] {
  const [x, k] = inputs;
  requireFixed(k, "number of entries");
  const shape = shapeOf(x);
  const axis = axisOf(attributes.integer("axis") ?? -1, shape.length);
  const rows = rowsOf(x);
  if (rows?.axis === axis) rowsInteract("sorts the rows");
  const left = shape.map((size, at) => (at === axis ? (k?.elements?.[0] ?? unknown.next()) : size));
  const value =
    rows === undefined ? { dependence: x?.dependence ?? counted, shape: left } : rowsValue(left, rows.axis);
  return [value, value];
}
