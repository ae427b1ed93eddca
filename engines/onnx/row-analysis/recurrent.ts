/** Rules for LSTM, GRU and RNN: the rows must be on the batch axis, never on the time axis. Pure. */
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { one, type Size, sizeOf } from "./sizes.js";
import { requireFixed, rowsInteract, rowsOf, rowsValue, shapeOf, undecidable, type Value } from "./values.js";

export const recurrent: OperatorRules = rulesFor("LSTM GRU RNN", (call: OperatorCall): Value[] => {
  const { inputs, attributes, operator, unknown } = call;
  const [x, weights, recurrence, bias, lengths, hidden, cell, peepholes] = inputs;
  for (const each of [weights, recurrence, bias, peepholes]) requireFixed(each, "weights");
  const batchFirst = attributes.integer("layout") === 1;
  const axis = batchFirst ? 0 : 1;
  const rows = rowsOf(x);
  if (rows === undefined) return undecidable("reads a constant");
  if (rows.axis !== axis)
    rowsInteract(
      `goes through the rows as through time, its batch is axis ${axis}: export it with the rows there`,
    );
  requireOwn(lengths, 0, "lengths");
  for (const state of [hidden, cell]) requireOwn(state, axis, "states");
  const [batch, time] = [rows.size, shapeOf(x)[batchFirst ? 0 + 1 : 0] as Size];
  const size = attributes.integer("hidden_size");
  const width = size === undefined ? unknown.next() : sizeOf(size);
  const directions = attributes.text("direction") === "bidirectional" ? sizeOf(2) : one;
  const all = batchFirst
    ? rowsValue([batch, time, directions, width], 0)
    : rowsValue([time, directions, batch, width], 2);
  const last = batchFirst
    ? rowsValue([batch, directions, width], 0)
    : rowsValue([directions, batch, width], 1);
  return operator === "LSTM" ? [all, last, last] : [all, last];
});

/** Requires that each row has an entry of its own, or that the input is absent. */
function requireOwn(value: Value | undefined, axis: number, what: string): void {
  if (value === undefined) return;
  const rows = rowsOf(value);
  if (rows === undefined) rowsInteract(`gives each row its ${what} by its place`);
  if (rows?.axis !== axis) rowsInteract(`mixes the ${what} of the rows`);
}
