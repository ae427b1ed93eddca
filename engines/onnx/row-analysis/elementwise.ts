/**
 * Rules for operators that work element by element, which keep rows independent. Short lists of sizes are computed as
 * well. Pure.
 */
import { broadcast } from "./broadcast.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { dividedBy, numberOf, type Size, same, sizeOf, times } from "./sizes.js";
import { elementsValue, numbersOf, requireFixed, rowsOf, rowsValue, type Value } from "./values.js";

const unary = `
  Abs Acos Acosh Asin Asinh Atan Atanh Cast CastLike Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish
  Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus
  Softsign Sqrt Swish Tan Tanh ThresholdedRelu BitwiseNot RegexFullMatch ImageScaler ParametricSoftplus
  ScaledTanh Affine FastGelu QuickGelu`;
const several = `
  Add Sub Mul Div Mod Pow Max Min Mean Sum PRelu And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual Where
  BitShift BitwiseAnd BitwiseOr BitwiseXor StringConcat BiasGelu`;

export const elementwise: OperatorRules = {
  ...rulesFor(unary, (call) => computed(call, [call.inputs[0]])),
  ...rulesFor(several, (call) => computed(call, call.inputs)),
  Clip: (call) => {
    requireFixed(call.inputs[1], "limits");
    requireFixed(call.inputs[2], "limits");
    return computed(call, [call.inputs[0]]);
  },
  Dropout: (call) => {
    const training = numbersOf(call.inputs[2]);
    const off = call.inputs[2] === undefined || training?.[0] === 0;
    if (!off || (call.opset < 7 && call.attributes.integer("is_test") !== 1))
      return {
        dependence: { kind: "coupled", reason: "drops values at random, so no answer is the same twice" },
      };
    const kept = broadcast([call.inputs[0]]);
    return [kept, kept];
  },
  QuantizeLinear: quantized,
  DequantizeLinear: quantized,
};

/** A scale for the whole tensor, or one for each entry of an axis other than the rows'. */
function quantized({ inputs, attributes }: OperatorCall): Value {
  const [x, ...scales] = inputs;
  const rows = rowsOf(x);
  for (const scale of scales) requireFixed(scale, "scale");
  if (rows === undefined) return broadcast([x]);
  const single = scales.every(
    (each) => each === undefined || each.shape?.every((size) => numberOf(size) === 1),
  );
  const axis = attributes.integer("axis") ?? 1;
  const at = axis < 0 ? axis + rows.shape.length : axis;
  if (!single && at === rows.axis)
    return { dependence: { kind: "coupled", reason: "scales each row by its place" } };
  if (!single && (attributes.integer("block_size") ?? 0) > 0)
    return { dependence: { kind: "undecided", reason: "scales blocks" } };
  return rowsValue(rows.shape, rows.axis);
}

function computed(call: OperatorCall, inputs: readonly (Value | undefined)[]): Value {
  const given = inputs.filter((value) => value !== undefined);
  if (given.every(({ elements }) => elements !== undefined)) {
    const { shape = [] } = broadcast(
      given.map(({ shape: each }) => ({ dependence: { kind: "fixed" }, shape: each })),
    );
    if (shape.length <= 1) return ofElements(call, given, shape);
  }
  return broadcast(given);
}

function ofElements(
  { operator, unknown }: OperatorCall,
  given: readonly Value[],
  shape: readonly Size[],
): Value {
  const count = shape.length === 0 ? 1 : (numberOf(shape[0]) ?? 0);
  const elements = Array.from({ length: count }, (_, i) => {
    const parts = given.flatMap(({ elements: each = [] }) => each[each.length === 1 ? 0 : i] ?? []);
    return result(operator, parts) ?? (parts.some(({ rows }) => rows > 0) ? undefined : unknown.next());
  });
  if (elements.every((each) => each !== undefined)) return elementsValue(elements, shape);
  return { dependence: { kind: "counted" }, shape };
}

/** Sizes are at least 1; undefined: not known. */
function result(operator: string, parts: readonly Size[]): Size | undefined {
  const [a, b, c] = parts;
  if (a === undefined) return undefined;
  if (operator === "Identity") return a;
  // Whether a fraction is truncated depends on the type.
  if (["Cast", "CastLike", "Round"].includes(operator)) return Number.isInteger(a.factor) ? a : undefined;
  if (operator === "Neg") return times(a, sizeOf(-1));
  if (["Floor", "Ceil"].includes(operator)) return Number.isInteger(a.factor) ? a : numeric(operator, a, a);
  if (operator === "Where") return ternary(a, b, c);
  if (parts.length > 2) return ofSeveral(operator, parts);
  if (operator === "Not") return numeric("Not", a, a);
  if (b === undefined) return undefined;
  if (operator === "Mul") return times(a, b);
  if (operator === "Div")
    return numberOf(a) !== undefined && numberOf(b) !== undefined ? numeric("Div", a, b) : dividedBy(a, b);
  if (operator === "Equal" && same(a, b)) return sizeOf(1);
  if (operator === "Equal" && isNegative(a) !== isNegative(b)) return sizeOf(0);
  if (operator === "Add" && numberOf(b) === 0) return a;
  if (operator === "Add" && numberOf(a) === 0) return b;
  if (operator === "Sub" && numberOf(b) === 0) return a;
  return numeric(operator, a, b);
}

/** Max and Min take any number of inputs; other operators with several inputs are not computed. */
function ofSeveral(operator: string, [first, ...others]: readonly Size[]): Size | undefined {
  if (operator !== "Max" && operator !== "Min") return undefined;
  return others.reduce<Size | undefined>((made, each) => made && numeric(operator, made, each), first);
}

/** The number of rows and open sizes are positive, so the sign is that of the factor. */
function isNegative({ factor }: Size): boolean {
  return factor < 0;
}

function ternary(condition: Size, yes: Size | undefined, no: Size | undefined): Size | undefined {
  const chosen = numberOf(condition);
  return chosen === undefined ? undefined : chosen !== 0 ? yes : no;
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Div: (a, b) => (a % b === 0 ? a / b : Number.NaN), // integer division truncates, float division does not
  Mod: (a, b) => ((a % b) + b) % b,
  Max: Math.max,
  Min: Math.min,
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Not: (a) => Number(a === 0),
  Floor: Math.floor,
  Ceil: Math.ceil,
};

function numeric(operator: string, a: Size, b: Size): Size | undefined {
  const [x, y] = [numberOf(a), numberOf(b)];
  const operation = operations[operator];
  if (x === undefined || y === undefined || operation === undefined) return undefined;
  const made = operation(x, y);
  return Number.isNaN(made) ? undefined : sizeOf(made);
}
