/**
 * The interface of a rule: its input is a node with the values of its inputs, and its result says how each output
 * depends on the rows. Pure.
 */
import type { NodeAttributes } from "./attributes.js";
import type { ValueInfo } from "./graph-file.js";
import type { UnknownSizes } from "./sizes.js";
import type { Value } from "./values.js";

export interface OperatorCall {
  readonly operator: string;
  /** The version of the operator's domain. */
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: NodeAttributes;
  /** The names of the outputs; an empty one is an omitted output. */
  readonly outputs: readonly string[];
  /** The graphs inside the node, by attribute. */
  readonly graphs: ReadonlyMap<string, Subgraph>;
  readonly unknown: UnknownSizes;
}

export interface Subgraph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Whether the output is the unchanged input. */
  passes(input: number, output: number): boolean;
  /** The graph's outputs, given its inputs and the values that it uses from the enclosing graph. */
  evaluate(inputs: readonly Value[]): Value[];
}

/**
 * Computes how an operator's outputs depend on the batch's rows. Called only when an input holds the rows or their
 * number, and never when an input is of the kind `coupled`, `undecided` or `own`.
 * @throws RowsInteractError, UndecidableError
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
