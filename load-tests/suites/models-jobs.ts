/** The shipped models, the library that trained each, and the held-out rows to send, none equal to another. */
import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "../../client/typescript/index.js";

export interface ModelJob {
  readonly model: string;
  readonly input: string;
  /** The dimensions of a row; null when a row is a string. */
  readonly dims: readonly number[] | null;
  readonly library: string;
  /** The rows of a large request: the most that the model accepts. */
  readonly batch: number;
}

const X = (model: string, library: string, ...dims: number[]): ModelJob => ({
  model,
  input: "X",
  dims,
  library,
  batch: 256,
});

const policyOf = (model: string): ModelJob => ({
  ...X(model, "stable-baselines3", 13),
  input: "observation",
});

export const modelJobs: readonly ModelJob[] = [
  X("market-impact", "torch", 16),
  X("lstm-regime", "torch", 42, 4),
  X("signal-random-forest", "scikit-learn", 12),
  X("signal-xgboost", "xgboost", 12),
  X("signal-lightgbm", "lightgbm", 12),
  X("backtest-mlp", "scikit-learn", 16),
  X("backtest-random-forest", "scikit-learn", 16),
  X("backtest-gradient-boosting", "scikit-learn", 16),
  X("risk-random-forest", "scikit-learn", 16),
  X("anomaly-isolation-forest", "scikit-learn", 16),
  policyOf("policy-ppo"),
  policyOf("policy-a2c"),
  policyOf("policy-dqn"),
  { model: "news-tone", input: "text", dims: null, library: "torch and tokenizers", batch: 64 },
];

export interface ModelSample {
  /** The rows as a file in the format that the Python peer reads. */
  readonly file: Uint8Array | string;
  readonly shape: readonly number[] | null;
  /** The next rows of the sample. */
  next(rows: number): Tensor;
}

const batches = 8;

export function sampleFor({ model, input, dims, batch }: ModelJob): ModelSample {
  const held = new URL(`../../../training/held_out/${model}.json`, import.meta.url);
  const { inputs } = JSON.parse(readFileSync(held, "utf8")) as {
    inputs: Record<string, { data: readonly (number | string)[] }>;
  };
  const base = inputs[input]?.data ?? [];
  const count = batches * batch;
  if (dims === null) return texts(base, count);
  const size = dims.reduce((product, each) => product * each, 1);
  const values = Float32Array.from(
    { length: count * size },
    (_, i) => Number(base[i % base.length]) * (1 + i * 1e-7),
  );
  const from = turns(count);
  return {
    file: new Uint8Array(values.buffer),
    shape: [count, ...dims],
    next(rows) {
      const at = from(rows);
      return tensor(values.slice(at * size, (at + rows) * size), [rows, ...dims]);
    },
  };
}

function texts(base: readonly (number | string)[], count: number): ModelSample {
  const all = Array.from({ length: count }, (_, i) => `${base[i % base.length]} ${i}`);
  const from = turns(count);
  return {
    file: JSON.stringify(all),
    shape: null,
    next(rows) {
      const at = from(rows);
      return { datatype: "BYTES", shape: [rows], data: all.slice(at, at + rows) };
    },
  };
}

/** The index at which the next rows begin; it starts again at the front when the sample is used up. */
function turns(count: number): (rows: number) => number {
  let at = 0;
  return (rows) => {
    if (at + rows > count) at = 0;
    at += rows;
    return at - rows;
  };
}
