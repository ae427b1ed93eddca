/** What a rule is told of a node, and what it answers: how each output holds the rows. Pure. */
import type { NodeAttributes } from "./attributes.js";
import type { ValueInfo } from "./graph-file.js";
import type { UnknownSizes } from "./sizes.js";
import type { Value } from "./values.js";

export interface OperatorCall {
  readonly operator: string;
  /** Of the operator's domain. */
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: NodeAttributes;
  /** Names; an empty one stands for an output that is left out. */
  readonly outputs: readonly string[];
  /** The graphs inside the node, by attribute. */
  readonly graphs: ReadonlyMap<string, Subgraph>;
  readonly unknown: UnknownSizes;
}

export interface Subgraph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Whether this output is this input as it came. */
  passes(input: number, output: number): boolean;
  /** Its outputs, given its inputs and what it takes from around it. */
  evaluate(inputs: readonly Value[]): Value[];
}

/**
 * Called where an input holds rows or their count. No input is `coupled`, `undecided` or `own` then.
 * @throws RowsMeet, CannotTell
 */
export type OperatorRule = (call: OperatorCall) => Value | readonly Value[];

/** Rules by operator. */
export type OperatorRules = Readonly<Record<string, OperatorRule>>;

export function rulesFor(operators: string, rule: OperatorRule): OperatorRules {
  return Object.fromEntries(
    operators
      .trim()
      .split(/\s+/)
      .map((operator) => [operator, rule]),
  );
}
