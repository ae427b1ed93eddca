/** What `models add` writes of a graph, and why. */
import type { Datatype } from "../../../protocol/tensor.js";
import type { Tensors } from "../../engine.js";

export interface TensorConfig {
  readonly name: string;
  readonly datatype: Datatype;
  readonly dims: readonly number[];
  readonly allow_nan?: true;
  readonly description?: string;
}

export interface ImportDecision {
  readonly max_batch_size: number;
  readonly input: readonly TensorConfig[];
  readonly output: readonly TensorConfig[];
  readonly tokenizer?: object;
  /** An input, and what ONNX Runtime answered. */
  readonly tried: { readonly inputs: Tensors; readonly outputs: Tensors };
  /** Outputs whose first dimension is declared to be one size, and is not. */
  readonly misdeclared: readonly string[];
  /** A line each, for whoever added it. */
  readonly notes: readonly string[];
}

export interface ImportPreferences {
  /** Rows in one batch at most; absent: 256, of texts 32. */
  readonly maxBatchSize?: number | undefined;
  /** Inputs to try the graph with; absent: some are made up. */
  readonly inputs?: Tensors | undefined;
  /** What an output's columns or labels are, by its name. */
  readonly descriptions: ReadonlyMap<string, string>;
}
