/**
 * Rules for convolutions, pooling and normalisation: by definition the first axis is a batch, the second channels and
 * the others space. Pure.
 */
import { broadcast } from "./broadcast.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { isOne, numberOf, one, type Size, same, sizeOf } from "./sizes.js";
import {
  axisOf,
  counted,
  numbersOf,
  requireFixed,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

const convolving = "Conv ConvTranspose ConvInteger QLinearConv DeformConv FusedConv";
const pooling = "AveragePool MaxPool LpPool";

export const images: OperatorRules = {
  ...rulesFor(convolving, (call) => {
    const [x, ...weights] = call.inputs;
    for (const each of weights) requireFixed(each, "weights");
    const filters = call.operator === "ConvTranspose" ? undefined : weights[0]?.shape?.[0];
    return convolved(call, x, filters ?? call.unknown.next());
  }),
  ...rulesFor(pooling, (call) => {
    const pooled = convolved(call, call.inputs[0], shapeOf(call.inputs[0])[1] ?? one);
    return call.outputs.length < 2
      ? pooled
      : [pooled, { dependence: { kind: "undecided", reason: "numbers entries across all rows" } }];
  }),
  ...rulesFor("GlobalAveragePool GlobalMaxPool GlobalLpPool", ({ inputs: [x] }) => {
    const shape = shapeOf(x);
    const pooled = shape.map((size, axis) => (axis < 2 ? size : one));
    const rows = rowsOf(x);
    if (rows === undefined) return { dependence: x?.dependence ?? counted, shape: pooled };
    if (rows.axis > 1) rowsInteract("pools over the rows");
    return rowsValue(pooled, rows.axis);
  }),
  ...rulesFor("LRN InstanceNormalization GroupNormalization", (call) => {
    for (const each of call.inputs.slice(1)) requireFixed(each, "scale");
    return onFirstAxis(call, "normalizes over the rows");
  }),
  BatchNormalization: normalizedBatch,
  ...rulesFor("DepthToSpace SpaceToDepth GridSample", (call) => {
    const rows = onFirstAxis(call, "moves rows into each other");
    const shape = shapeOf(rows).map((size, axis) => (axis === 0 ? size : call.unknown.next()));
    return call.operator === "GridSample" ? broadcastFirst(call, shape) : rowsValue(shape, 0);
  }),
  ...rulesFor("Resize Upsample", resized),
};

function onFirstAxis({ inputs: [x] }: OperatorCall, how: string): Value {
  const rows = rowsOf(x);
  if (rows === undefined) return undecidable("has its rows elsewhere");
  if (rows.axis !== 0) rowsInteract(how);
  return rowsValue(rows.shape, 0);
}

function convolved(call: OperatorCall, x: Value | undefined, channels: Size): Value {
  const shape = shapeOf(x);
  const made = shape.map((size, axis) => (axis === 0 ? size : axis === 1 ? channels : call.unknown.next()));
  const rows = rowsOf(x);
  if (rows === undefined) return { dependence: x?.dependence ?? counted, shape: made };
  if (rows.axis !== 0) rowsInteract("slides over the rows");
  return rowsValue(made, 0);
}

/** Requires a grid for each image. */
function broadcastFirst({ inputs: [, grid] }: OperatorCall, shape: readonly Size[]): Value {
  const rows = rowsOf(grid);
  if (rows === undefined) return undecidable("has one grid for all rows");
  if (rows.axis !== 0) rowsInteract("moves rows into each other");
  return rowsValue(shape, 0);
}

/**
 * In training mode the operator uses the batch's mean and variance; before opset 14 several outputs mean training
 * mode.
 */
function normalizedBatch({ inputs, attributes, opset, outputs }: OperatorCall): Value {
  const [x, ...statistics] = inputs;
  for (const each of statistics) requireFixed(each, "statistics");
  const rows = rowsOf(x);
  const named = outputs.filter((name) => name !== "").length;
  const training =
    attributes.integer("training_mode") === 1 ||
    (opset < 7 && attributes.integer("is_test") !== 1) ||
    (opset < 14 && named > 1);
  if (rows !== undefined && training)
    rowsInteract(
      "is in training mode and takes mean and variance over the rows: export the model in evaluation mode",
    );
  if (rows?.axis === 1) rowsInteract("scales each row by its place");
  return broadcast([x]);
}

function resized(call: OperatorCall): Value {
  const { inputs, attributes, opset, operator, unknown } = call;
  const [x] = inputs;
  const shape = shapeOf(x);
  const rows = rowsOf(x);
  if (attributes.text("coordinate_transformation_mode") === "tf_crop_and_resize")
    return undecidable("cuts out a part that it computes");
  const old = operator === "Upsample" || opset < 11;
  const scales = attributes.floats("scales") ?? numbersOf(inputs[old ? 1 : 2]);
  const sizes = old ? undefined : inputs[3]?.elements;
  const axes =
    attributes.integers("axes")?.map((axis) => axisOf(axis, shape.length)) ?? shape.map((_, axis) => axis);
  if (rows === undefined) return { dependence: x?.dependence ?? counted };
  const place = axes.indexOf(rows.axis);
  const size = sizes?.[place];
  const counts = inputs.slice(1).some((each) => each?.dependence.kind === "counted");
  if (counts && sizes?.some((each, at) => at !== place && each.rows > 0) !== false)
    rowsInteract("scales by the number of rows");
  const kept = place < 0 || scales?.[place] === 1 || (size !== undefined && same(size, rows.size));
  if (!kept && scales?.[place] === undefined && size === undefined)
    return undecidable("scales by what is not known");
  if (!kept) rowsInteract("scales along the rows");
  const made = shape.map((each, axis) => {
    const at = axes.indexOf(axis);
    if (axis === rows.axis || at < 0) return each;
    const whole = numberOf(each);
    const by = scales?.[at];
    if (sizes?.[at] !== undefined) return sizes[at];
    return whole === undefined || by === undefined || isOne(each)
      ? unknown.next()
      : sizeOf(Math.floor(whole * by));
  });
  return rowsValue(made, rows.axis);
}
