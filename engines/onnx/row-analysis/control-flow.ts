/**
 * Rules for If, Loop and Scan: neither a branch nor the number of iterations may depend on several rows, and no state
 * may pass from one row to the next. Pure.
 */

import { declaredSizes } from "./graph-file.js";
import type { OperatorCall, OperatorRules, Subgraph } from "./rule.js";
import { type Size, same, type UnknownSizes } from "./sizes.js";
import {
  axisOf,
  fixed,
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

/** Iterations after which a state whose kind still changes is not followed further. */
const roundsMax = 4;

export const controlFlow: OperatorRules = {
  If: ({ inputs: [condition], graphs, unknown }) => {
    if (rowsOf(condition) !== undefined) rowsInteract("chooses a branch by what the rows hold together");
    const [yes, no] = [graphs.get("then_branch"), graphs.get("else_branch")];
    if (yes === undefined || no === undefined) return undecidable("lacks a branch");
    const [chosen] = numbersOf(condition) ?? [];
    if (chosen !== undefined) return (chosen === 0 ? no : yes).evaluate([]);
    if (condition?.dependence.kind === "counted") rowsInteract("chooses a branch by the number of rows");
    const [a, b] = [yes.evaluate([]), no.evaluate([])];
    return a.map((value, i) => either(value, b[i], unknown));
  },
  Loop: ({ inputs: [rounds, going, ...states], graphs, unknown }) => {
    const body = graphs.get("body");
    if (body === undefined) return undecidable("lacks its body");
    if (rounds?.dependence.kind === "counted") return undecidable("goes round once for each row");
    requireFixed(rounds, "number of rounds");
    requireFixed(going, "end");
    const round = (held: readonly Value[]) => {
      const [condition, ...answered] = body.evaluate([fixedValue([]), fixedValue([]), ...held]);
      if (condition !== undefined && rowsOf(condition) !== undefined)
        rowsInteract("ends when the rows together say so");
      requireFixed(condition, "end");
      return answered;
    };
    const { kept, answered } = settled(states, round, unknown);
    return [...kept, ...answered.slice(states.length).map((each) => stacked(each, 0, unknown.next()))];
  },
  Scan: scanned,
};

/** Evaluates the body until the states are of the same kind as before. */
function settled(
  states: readonly (Value | undefined)[],
  round: (held: readonly Value[]) => readonly Value[],
  unknown: UnknownSizes,
) {
  let held = states.map((state) => withoutElements(state ?? { dependence: fixed }));
  const before: (readonly Value[])[] = [];
  for (let rounds = 0; rounds < roundsMax; rounds++) {
    before.push(held);
    const answered = round(held);
    const next = answered.slice(0, held.length).map(withoutElements);
    for (const { dependence } of next)
      if (dependence.kind === "coupled" || dependence.kind === "undecided") return { kept: next, answered };
    if (rounds > 0 && next.every((value, i) => alike(value, held[i]))) {
      for (const early of before) requireSteady(early, next);
      return { kept: next, answered };
    }
    held = next.map((value, i) => grown(held[i], value, unknown));
  }
  return undecidable("has a state that changes its shape from round to round");
}

/** The loop may end in an early iteration, so a state's kind in early iterations must agree with its final kind. */
function requireSteady(early: readonly Value[], settledTo: readonly Value[]): void {
  early.forEach((state, i) => {
    const last = settledTo[i];
    const steady =
      state.dependence.kind === last?.dependence.kind && rowsOf(state)?.axis === rowsOf(last)?.axis;
    if (state.dependence.kind !== "fixed" && !steady)
      undecidable("has a state that holds rows in some rounds only");
  });
}

/** Removes known numbers, because they may change in the second iteration. */
function withoutElements({ dependence, shape }: Value): Value {
  return { dependence, shape };
}

function alike(a: Value, b: Value | undefined): boolean {
  if (b === undefined || a.dependence.kind !== b.dependence.kind || a.shape?.length !== b.shape?.length)
    return false;
  return (
    rowsOf(a)?.axis === rowsOf(b)?.axis &&
    (a.shape ?? []).every((size, axis) => same(size, (b.shape ?? [])[axis] as Size))
  );
}

/** Replaces sizes that grow from iteration to iteration by unknown ones. */
function grown(before: Value | undefined, after: Value, unknown: UnknownSizes): Value {
  if (
    before?.shape === undefined ||
    after.shape?.length !== before.shape.length ||
    before.dependence.kind !== after.dependence.kind
  )
    return after;
  const had = before.shape;
  const shape = after.shape.map((size, axis) =>
    same(size, had[axis] as Size) || size.rows > 0 ? size : unknown.next(),
  );
  return { dependence: after.dependence, shape };
}

/** The facts that hold in both branches. */
function either(a: Value, b: Value | undefined, unknown: UnknownSizes): Value {
  for (const each of [a, b])
    if (each === undefined || each.dependence.kind === "coupled" || each.dependence.kind === "undecided")
      return each ?? undecidable("has branches with other outputs");
  const other = b as Value;
  const [rowsA, rowsB] = [rowsOf(a), rowsOf(other)];
  if (a.dependence.kind !== other.dependence.kind || rowsA?.axis !== rowsB?.axis)
    return undecidable("has branches that hold the rows in other ways");
  if (a.shape === undefined || a.shape.length !== other.shape?.length) {
    if (rowsA !== undefined) return undecidable("has branches with outputs of other shapes");
    return { dependence: a.dependence };
  }
  if (rowsA !== undefined && rowsB !== undefined && !same(rowsA.size, rowsB.size))
    return undecidable("has branches with other rows");
  const shape = a.shape.map((size, axis) =>
    same(size, (other.shape ?? [])[axis] as Size) ? size : unknown.next(),
  );
  return { dependence: a.dependence, shape };
}

function stacked(value: Value, axis: number, length: Size): Value {
  if (value.shape === undefined) return value;
  const at = axis < 0 ? axis + value.shape.length + 1 : axis;
  const shape = [...value.shape.slice(0, at), length, ...value.shape.slice(at)];
  const rows = rowsOf(value);
  if (rows === undefined) return { dependence: value.dependence, shape };
  return rowsValue(shape, rows.axis >= at ? rows.axis + 1 : rows.axis);
}

function scanned(call: OperatorCall): readonly Value[] {
  const { inputs, attributes, graphs, opset } = call;
  const body = graphs.get("body");
  const count = attributes.integer("num_scan_inputs");
  if (body === undefined || count === undefined || opset < 9)
    return undecidable("is of a kind that is not followed");
  const states = inputs.slice(0, inputs.length - count);
  const sequences = inputs.slice(inputs.length - count).map((value, i) => {
    const shape = shapeOf(value);
    return {
      value: value as Value,
      axis: axisOf(attributes.integers("scan_input_axes")?.[i] ?? 0, shape.length),
    };
  });
  const overRows = sequences.some(({ value, axis }) => rowsOf(value)?.axis === axis);
  return overRows ? rowByRow(call, body, states, sequences) : throughTime(call, body, states, sequences);
}

interface Sequence {
  readonly value: Value;
  readonly axis: number;
}

/** Each iteration processes one row, provided that no state passes from one iteration to the next. */
function rowByRow(
  { attributes, unknown }: OperatorCall,
  body: Subgraph,
  states: readonly (Value | undefined)[],
  sequences: readonly Sequence[],
): Value[] {
  for (const state of states) requireFixed(state, "state");
  const turned = ["scan_input_directions", "scan_output_directions"].some((name) =>
    attributes.integers(name)?.some((each) => each !== 0),
  );
  if (turned) rowsInteract("goes through the rows backwards");
  const slices = sequences.map(({ value, axis }): Value => {
    if (rowsOf(value)?.axis !== axis) rowsInteract("takes the rows one by one beside what is not theirs");
    return { dependence: { kind: "own" }, shape: shapeOf(value).filter((_, at) => at !== axis) };
  });
  states.forEach((_, i) => {
    if (!body.passes(i, i)) rowsInteract("carries a state from row to row");
  });
  const answered = body.evaluate([...states.map((state) => withoutElements(state as Value)), ...slices]);
  const [first] = sequences as readonly [Sequence];
  const size = rowsOf(first.value)?.size as Size;
  return answered.map((value, i) => {
    if (i < states.length) return value;
    if (value.dependence.kind === "coupled" || value.dependence.kind === "undecided") return value;
    const declared = body.outputs[i]?.shape;
    const shape = value.shape ?? (declared && declaredSizes(declared, unknown));
    if (shape === undefined) return undecidable("answers a shape that is not known");
    const axis = attributes.integers("scan_output_axes")?.[i - states.length] ?? 0;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    return rowsValue([...shape.slice(0, at), size, ...shape.slice(at)], at);
  });
}

/** Each iteration is a time step of all rows. */
function throughTime(
  { attributes, unknown }: OperatorCall,
  body: Subgraph,
  states: readonly (Value | undefined)[],
  sequences: readonly Sequence[],
): Value[] {
  const slices = sequences.map(({ value, axis }): Value => {
    const shape = shapeOf(value).filter((_, at) => at !== axis);
    const rows = rowsOf(value);
    return rows === undefined
      ? { dependence: value.dependence, shape }
      : rowsValue(shape, rows.axis > axis ? rows.axis - 1 : rows.axis);
  });
  const { kept, answered } = settled(states, (held) => body.evaluate([...held, ...slices]), unknown);
  const [first] = sequences as readonly [Sequence];
  const length = shapeOf(first.value)[first.axis] as Size;
  const axes = attributes.integers("scan_output_axes");
  return [
    ...kept,
    ...answered.slice(states.length).map((value, i) => stacked(value, axes?.[i] ?? 0, length)),
  ];
}
