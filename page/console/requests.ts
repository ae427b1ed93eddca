/** Sends the console's requests. */
import type { Gate } from "../../client/typescript/gate.js";
import type { StreamState } from "../../client/typescript/stream-state.js";
import { tensor } from "../../client/typescript/tensor.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { ConsoleAnswer } from "./answer-view.js";
import type { ConsoleRequest } from "./request-snippets.js";

/** Milliseconds that a request has. */
const timeoutMs = 60_000;

/** Observations of which a detector's answer tells. */
const pathMax = 1_000;

const dayMs = 86_400_000;

export async function askServable(
  gate: Gate,
  request: ConsoleRequest,
  signal: AbortSignal,
): Promise<ConsoleAnswer> {
  const { model, version, inputs, parameters } = request;
  const started = performance.now();
  const result = await gate.infer(model, inputs, {
    parameters,
    signal,
    timeoutMs,
    ...(version !== undefined && { version }),
  });
  return { outputs: result.outputs, roundTripMs: performance.now() - started, result };
}

/**
 * Tries a detector: a stream of its own begins with the observations as its history, a day apart, tells its path, and
 * is closed. A history brings no events, so nobody else hears of it.
 */
export async function tryDetector(
  gate: Gate,
  { model, inputs, parameters }: ConsoleRequest,
): Promise<ConsoleAnswer> {
  const values = inputs["observations"] as Tensor;
  const rows = values.shape[0] ?? 0;
  const started = performance.now();
  const stream = await gate.openStream(`console/${crypto.randomUUID()}`, {
    detector: model,
    parameters,
    history: { ts: Array.from({ length: rows }, (_, day) => day * dayMs), values },
    timeoutMs,
  });
  try {
    const state = await stream.state({ path: "filtered", limit: pathMax, timeoutMs });
    return { outputs: detectorOutputs(state), roundTripMs: performance.now() - started, result: undefined };
  } finally {
    await stream.close();
  }
}

/** The state, and the newest observations first: what a detector says at last is of most interest. */
export function detectorOutputs({ path, regime, observations }: StreamState): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {
    regime_now: tensor(regime),
    observations: tensor(observations, "INT32"),
  };
  const count = path?.ts.length ?? 0;
  if (path === undefined || count === 0) return outputs;
  const newestFirst = Array.from({ length: count }, (_, i) => count - 1 - i);
  const k = path.regimes.length;
  outputs["observation"] = tensor(
    newestFirst.map((t) => observations - count + t),
    "INT32",
  );
  outputs["regime"] = tensor(newestFirst.map((t) => path.regimes[path.regime[t] ?? -1] ?? "unknown"));
  for (const [s, name] of path.regimes.entries())
    outputs[`probability of ${name}`] = tensor(
      newestFirst.map((t) => path.probabilities[t * k + s] ?? Number.NaN),
      "FP64",
    );
  return outputs;
}
