/** The config that `models add` writes for a graph, and the reasons. */
import type { Datatype } from "../../../protocol/tensor.js";
import type { Tensors } from "../../engine.js";
import type { PolicyLayout } from "../../policy-layout.js";

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
  /** Of a policy: what its file says of its observation. */
  readonly policy?: PolicyLayout;
  /** The inputs that were tried, and the outputs that ONNX Runtime computed. */
  readonly tried: { readonly inputs: Tensors; readonly outputs: Tensors };
  /** Outputs whose first dimension is declared with a fixed size although it is the number of rows. */
  readonly misdeclared: readonly string[];
  /** Sentences for the user who adds the model. */
  readonly notes: readonly string[];
}

export interface ImportPreferences {
  /** Limit on the rows in one batch; absent: 256, for texts 32. */
  readonly maxBatchSize?: number | undefined;
  /** Inputs to try the graph with; absent: inputs are generated. */
  readonly inputs?: Tensors | undefined;
  /** Descriptions of an output's columns or labels, by the output's name. */
  readonly descriptions: ReadonlyMap<string, string>;
}
