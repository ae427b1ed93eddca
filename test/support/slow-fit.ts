/** A fit that runs for at least half a minute unless it is stopped, for tests that need a busy worker. */
import type { Tensor } from "../../client/typescript/index.js";
import { tensor } from "../../client/typescript/index.js";
import type { ClientFrame, InferFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";

export const slowModel = "gaussian_hmm";
export const slowParameters = { n_components: 2, n_iter: 1_000_000, tol: -1 };

export function slowSamples(): Tensor {
  const data = Float64Array.from({ length: 500 }, (_, i) => Math.sin(i * i) * (i % 50 < 25 ? 1 : 5));
  return tensor(data, [500, 1]);
}

export function slowInfer(id: number, overrides: Partial<InferFrame> = {}): ClientFrame {
  return {
    type: "infer",
    id,
    model: slowModel,
    inputs: { X: toWire(slowSamples()) },
    parameters: slowParameters,
    timeout_ms: 60_000,
    ...overrides,
  };
}
