/** Graphs that compute with the number of rows, or with numbers of which the analysis must not be sure. */
import { type GraphCase, inner, list, node, number, scalar, weights, written } from "./graphs.js";

const i = (value: number) => ({ i: value });
const float = { to: i(1) };
const integer = { to: i(7) };

/** `n` is the number of rows as INT64, `f` as FP32. */
const counting = [
  node("Shape", "X", "s"),
  node("Gather", "s zero", "n"),
  node("Cast", "n", "f", float),
] as const;
const zero = { zero: number(0) };
const columns = { from: list(0), axes: list(1) };

export const counts: readonly GraphCase[] = [
  written(
    "the greatest of three numbers, the rows' last",
    {
      nodes: [
        ...counting,
        node("Cast", "two", "tf", float),
        node("Max", "tf one f", "m"),
        node("Mul", "X m", "Y"),
      ],
      constants: { ...zero, two: number(2), one: scalar(1) },
    },
    /Mul "Y" computes with the number of rows/,
  ),
  written(
    "columns left out when there are many rows",
    {
      nodes: [
        ...counting,
        node("Mod", "n three", "rest"),
        node("Add", "rest one", "end"),
        node("Unsqueeze", "end from", "ends"),
        node("Slice", "X from ends axes", "part"),
        node("ReduceSum", "part axes", "Y"),
      ],
      constants: { ...zero, ...columns, three: number(3), one: number(1) },
    },
    /Slice "part" cuts by the number of rows/,
  ),
  written(
    "every so many columns as there are rows",
    {
      nodes: [
        ...counting,
        node("Unsqueeze", "n from", "steps"),
        node("Slice", "X from ends axes steps", "part"),
        node("ReduceSum", "part axes", "Y"),
      ],
      constants: { ...zero, ...columns, ends: list(4) },
    },
    /Slice "part" cuts by the number of rows/,
  ),
  written(
    "an even number of rows",
    {
      nodes: [
        ...counting,
        node("Mul", "f half", "h"),
        node("Cast", "h", "hi", integer),
        node("Mul", "hi two", "even"),
        node("Unsqueeze", "even zeros", "ends"),
        node("Slice", "X zeros ends zeros", "Y"),
      ],
      constants: { ...zero, half: scalar(0.5), two: number(2), zeros: list(0) },
    },
    /Slice "Y" takes rows by their place/,
  ),
  written(
    "picked from a table in which their number is",
    {
      nodes: [
        ...counting,
        node("Unsqueeze", "f both", "table"),
        node("Slice", "X from ends axes", "x"),
        node("Sub", "x x", "nought"),
        node("Cast", "nought", "places", integer),
        node("GatherElements", "table places", "Y", { axis: i(0) }),
      ],
      constants: { ...zero, ...columns, both: list(0, 1), ends: list(1) },
    },
    /GatherElements "Y" computes with the number of rows/,
  ),
  written(
    "an 8-bit scale of their number",
    {
      nodes: [
        ...counting,
        node("Unsqueeze", "f zeros", "list"),
        node("DynamicQuantizeLinear", "list", "q scale z"),
        node("Mul", "X scale", "Y"),
      ],
      constants: { ...zero, zeros: list(0) },
    },
    /Mul "Y" computes with the number of rows/,
  ),
  written(
    "pictures as high as there are rows",
    {
      nodes: [
        node("Shape", "X", "s"),
        node("Slice", "s zeros ones", "n"),
        node("Concat", "n ones n four", "sizes", { axis: i(0) }),
        node("Unsqueeze", "X middle", "X4"),
        node("Resize", "X4 - - sizes", "high", { mode: { s: "nearest" } }),
        node("ReduceSum", "high middle", "Y", { keepdims: i(0) }),
      ],
      constants: { zeros: list(0), ones: list(1), four: list(4), middle: list(1, 2) },
    },
    /Resize "high" scales by the number of rows/,
  ),
  written(
    "noise in a branch inside a Scan over the rows",
    {
      nodes: [
        node("Scan", "X", "Y", {
          num_scan_inputs: i(1),
          body: {
            g: inner(
              [
                node("ReduceSum", "x", "t", { keepdims: i(0) }),
                node("Greater", "t nought", "up"),
                node("If", "up", "y", {
                  then_branch: { g: inner([node("RandomNormalLike", "x", "a")], {}, { a: 1 }) },
                  else_branch: { g: inner([node("RandomNormalLike", "x", "b")], {}, { b: 1 }) },
                }),
              ],
              { x: 1 },
              { y: 1 },
              {},
              { nought: scalar(0) },
            ),
          },
        }),
      ],
    },
    /If "y" draws at random/,
  ),
  written(
    "values dropped inside a Scan over the rows",
    {
      nodes: [
        node("Cast", "one", "training", { to: i(9) }),
        node("Scan", "X", "Y", {
          num_scan_inputs: i(1),
          body: { g: inner([node("Dropout", "x half training", "y")], { x: 1 }, { y: 1 }) },
        }),
      ],
      constants: { half: scalar(0.5), one: number(1) },
    },
    /Dropout "y" drops values at random/,
  ),
];

const branches = {
  then_branch: { g: inner([node("CumSum", "X zero", "a")], {}, { a: 2 }) },
  else_branch: { g: inner([node("Identity", "X", "b")], {}, { b: 2 }) },
};

/** Numbers of which the analysis is not sure: both branches count, and in one of them rows meet. */
export const unsure: readonly GraphCase[] = [
  written(
    "a fraction cut off, that chooses the branch",
    {
      nodes: [
        node("Cast", "most", "whole", integer),
        node("Equal", "whole one", "c"),
        node("If", "c", "Y", branches),
      ],
      constants: { ...zero, most: scalar(1.5), one: number(1) },
    },
    /CumSum "a" goes over the rows/,
  ),
  written(
    "a quotient that is more than its whole part",
    {
      nodes: [node("Div", "five two", "d"), node("Greater", "d two", "c"), node("If", "c", "Y", branches)],
      constants: { ...zero, five: scalar(5), two: scalar(2) },
    },
    /CumSum "a" goes over the rows/,
  ),
];

const handOn = ["go", "b", "c", "c"].map((from, at) => node("Identity", from, `to${at}`));

export const followedNoFurther: readonly GraphCase[] = [
  written(
    "a state that is the number of rows in the first round, and later the rows",
    {
      nodes: [
        ...counting,
        node("Unsqueeze", "f both", "count"),
        node("Loop", "round - first count X", "A B C", {
          body: {
            g: inner(
              handOn,
              { at: 0, go: 0, a: 2, b: 2, c: 2 },
              { to0: 0, to1: 2, to2: 2, to3: 2 },
              { at: 7, go: 9, to0: 9 },
            ),
          },
        }),
        node("Add", "X A", "Y"),
      ],
      constants: { ...zero, both: list(0, 1), round: number(1), first: weights(1, 1) },
    },
    /Loop "A" has a state that holds rows in some rounds only/,
  ),
  written(
    "a function whose branch goes along an axis that its caller gives",
    {
      nodes: [node("Desk", "X", "Y", { ax: i(0) }, "desk")],
      domains: { desk: 1 },
      functions: [
        {
          domain: "desk",
          name: "Desk",
          inputs: ["x"],
          outputs: ["y"],
          attributes: ["ax"],
          nodes: [
            node("Constant", "", "one", { value_int: i(1) }),
            node("Equal", "one one", "c"),
            node("If", "c", "y", {
              then_branch: {
                g: inner([node("Softmax", "x", "p", { axis: { referred: "ax" } })], {}, { p: 2 }),
              },
              else_branch: { g: inner([node("Identity", "x", "q")], {}, { q: 2 }) },
            }),
          ],
        },
      ],
    },
    /Desk "Y" is a function with attributes, which is not followed/,
  ),
];
