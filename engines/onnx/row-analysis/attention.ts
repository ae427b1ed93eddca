/**
 * Rules for attention and the operators beside it in a transformer: the first axis is a batch by definition. Pure.
 */
import { broadcast } from "./broadcast.js";
import { layer } from "./reductions.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { isOne, type Size } from "./sizes.js";
import { requireFixed, rowsInteract, rowsOf, rowsValue, shapeOf, undecidable, type Value } from "./values.js";

/** ONNX's own attention operator, since opset 23. */
export const attention: OperatorRules = {
  Attention: ({ inputs: [query, key, value, mask, ...past], outputs, unknown }) => {
    const shape = rowsFirst(query);
    for (const each of [key, value]) rowsFirst(each);
    requireOwnOrShared(mask, shape.length);
    for (const each of past) if (each !== undefined) rowsFirst(each);
    return outputs.map(() => rowsValue([shape[0] as Size, ...shape.slice(1).map(() => unknown.next())], 0));
  },
  RotaryEmbedding: ({ inputs: [x, ...tables] }) => {
    const shape = rowsFirst(x);
    for (const each of tables) if (rowsOf(each) !== undefined) rowsFirst(each);
    if (tables.some((each) => each?.dependence.kind === "counted"))
      rowsInteract("turns by the number of rows");
    return rowsValue(shape, 0);
  },
};

/** ONNX Runtime's own attention operators. */
export const ownAttention: OperatorRules = {
  ...rulesFor("SkipLayerNormalization SkipSimplifiedLayerNormalization", (call) => {
    const [x, skip, ...scales] = call.inputs;
    const sum = broadcast([x, skip]);
    return [...layer(call, sum, scales), sum];
  }),
  EmbedLayerNormalization: ({ inputs: [ids, segments, ...rest], unknown }) => {
    const [rows, tokens] = rowsFirst(ids) as [Size, Size];
    if (segments !== undefined) rowsFirst(segments);
    const [words, ...more] = rest;
    for (const each of [words, ...more.slice(0, 4)]) requireFixed(each, "weights");
    for (const each of more.slice(4)) if (each !== undefined) rowsFirst(each);
    const embedded = rowsValue([rows, tokens, words?.shape?.[1] ?? unknown.next()], 0);
    return [embedded, rowsValue([rows], 0), embedded];
  },
  Attention: ({ inputs: [x, weights, bias, mask, past, added, ...more], outputs, unknown }) => {
    const shape = rowsFirst(x);
    for (const each of [weights, bias]) requireFixed(each, "weights");
    if (past !== undefined || more.some((each) => each !== undefined)) return undecidable("has a past");
    if (mask !== undefined) rowsFirst(mask);
    requireOwnOrShared(added, 4);
    const answered = rowsValue([...shape.slice(0, -1), unknown.next()], 0);
    return outputs.length > 1
      ? [answered, { dependence: { kind: "undecided", reason: "its past is not followed" } }]
      : answered;
  },
  MultiHeadAttention: (call: OperatorCall) => {
    const [query, key, value, bias, mask, added, ...past] = call.inputs;
    const shape = rowsFirst(query);
    for (const each of [key, value]) if (each !== undefined) rowsFirst(each);
    requireFixed(bias, "weights");
    if (mask !== undefined) rowsFirst(mask);
    requireOwnOrShared(added, 4);
    for (const each of past) if (each !== undefined) rowsFirst(each);
    return call.outputs.map(() => rowsValue([shape[0] as Size, ...shape.slice(1)], 0));
  },
};

function rowsFirst(value: Value | undefined): readonly Size[] {
  const rows = rowsOf(value);
  if (rows === undefined) return undecidable("attends to what is the same for all rows");
  if (rows.axis !== 0) rowsInteract("attends across rows");
  return rows.shape;
}

/** Requires a mask for each row, or one that all rows share. */
function requireOwnOrShared(value: Value | undefined, rank: number): void {
  if (value === undefined) return;
  if (rowsOf(value) !== undefined) {
    if (shapeOf(value).length === rank) rowsFirst(value);
    else undecidable("has a mask of another rank");
    return;
  }
  requireFixed(value, "mask");
  const shape = shapeOf(value);
  if (shape.length === rank && !isOne(shape[0])) rowsInteract("gives each row its mask by its place");
}
