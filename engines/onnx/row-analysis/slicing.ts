/** The rule for Slice: along axes other than the rows', or of a list of sizes. Pure. */
import type { OperatorCall } from "./rule.js";
import { numberOf, type Size, same, sizeOf } from "./sizes.js";
import {
  axisOf,
  counted,
  elementsValue,
  numbersOf,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

const toTheEnd = 2 ** 31 - 1;

interface SliceRange {
  readonly axis: number;
  readonly start: Size | undefined;
  readonly end: Size | undefined;
  readonly step: number | undefined;
}

function sliceRangesOf({ inputs, attributes, opset }: OperatorCall, rank: number): SliceRange[] {
  const [, starts, ends, axes, steps] = inputs;
  const old = (name: string) => attributes.integers(name)?.map(sizeOf);
  const [from, to] = opset < 10 ? [old("starts"), old("ends")] : [starts?.elements, ends?.elements];
  const count = from?.length ?? to?.length ?? numberOf(starts?.shape?.[0]);
  const along = opset < 10 ? attributes.integers("axes") : axes === undefined ? undefined : numbersOf(axes);
  if (count === undefined || (axes !== undefined && along === undefined))
    return undecidable("cuts along axes that are not known");
  const strides = steps === undefined ? undefined : numbersOf(steps);
  return Array.from({ length: count }, (_, i) => ({
    axis: axisOf(along?.[i] ?? i, rank),
    start: from?.[i],
    end: to?.[i],
    step: steps === undefined ? 1 : strides?.[i],
  }));
}

export function sliced(call: OperatorCall): Value {
  const [x, ...limits] = call.inputs;
  const shape = [...shapeOf(x)];
  const rows = rowsOf(x);
  if (limits.some((each) => rowsOf(each) !== undefined)) rowsInteract("cuts where the rows say");
  let elements = x?.elements;
  for (const { axis, start, end, step } of sliceRangesOf(call, shape.length)) {
    const size = shape[axis] as Size;
    const all =
      numberOf(start) === 0 &&
      step === 1 &&
      end !== undefined &&
      ((numberOf(end) ?? 0) >= toTheEnd || same(end, size));
    if (all) continue;
    if (axis === rows?.axis) rowsInteract("takes rows by their place");
    if (
      rows !== undefined &&
      ((start?.rows ?? 0) > 0 ||
        (end?.rows ?? 0) > 0 ||
        limits.some(byCountAlone) ||
        limits[3]?.dependence.kind === "counted")
    )
      rowsInteract("cuts by the number of rows");
    const length = step === 1 ? lengthOf(size, numberOf(start), end) : undefined;
    elements =
      axis === 0 && shape.length === 1 ? cut(elements, numberOf(start), numberOf(end), step) : undefined;
    shape[axis] = elements !== undefined ? sizeOf(elements.length) : (length ?? call.unknown.next());
  }
  if (elements !== undefined && shape.length === 1) return elementsValue(elements, shape);
  if (rows !== undefined) return rowsValue(shape, rows.axis);
  const by = limits.some(
    (each) => each?.elements?.some((size) => size.rows > 0) ?? each?.dependence.kind === "counted",
  );
  return by
    ? undecidable("cuts a constant by the number of rows")
    : { dependence: x?.dependence ?? counted, shape };
}

/** Whether a value is computed from the number of rows without being a known multiple of it. */
function byCountAlone(value: Value | undefined): boolean {
  return value?.dependence.kind === "counted" && value.elements === undefined;
}

function cut(
  elements: readonly Size[] | undefined,
  start: number | undefined,
  end: number | undefined,
  step: number | undefined,
) {
  if (elements === undefined || start === undefined || end === undefined) return undefined;
  if (step === 1) return elements.slice(start, end);
  return step === -1 && start === -1 && end <= -elements.length ? [...elements].reverse() : undefined;
}

function lengthOf(size: Size, start: number | undefined, end: Size | undefined): Size | undefined {
  const [whole, to] = [numberOf(size), numberOf(end)];
  if (start === undefined) return undefined;
  if (to === undefined) return start === 0 ? end : undefined; // the whole bound, as sequences are never shorter
  if (start < 0 && to >= toTheEnd) return sizeOf(-start);
  if (start < 0 && to < 0) return sizeOf(Math.max(0, to - start));
  if (whole === undefined) return undefined;
  const from = Math.min(start < 0 ? start + whole : start, whole);
  const until = Math.min(to < 0 ? to + whole : to, whole);
  return sizeOf(Math.max(0, until - from));
}
