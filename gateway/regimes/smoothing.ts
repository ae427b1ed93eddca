/** The regimes of a stream's past, as all its observations together show them now. */
import { fromWire } from "../../protocol/tensor.js";
import type { DetectorRunner, RunnerDependencies } from "./detector-runner.js";

export interface SmoothedProbabilities {
  /** [n, k], oldest first. */
  readonly probabilities: Float64Array;
  /** Observations of the stream so far; the last row belongs to the newest. */
  readonly total: number;
}

/** Asks for the fit in the stream's turn, and answers it in a function, so that later batches need not wait for it. */
export async function beginSmoothing(
  runner: DetectorRunner,
  dependencies: RunnerDependencies,
): Promise<() => Promise<SmoothedProbabilities | undefined>> {
  const work = runner.smoothing();
  const smoothing = work && (await dependencies.turns.all(work));
  if (smoothing === undefined) return async () => undefined;
  const { total } = runner.progress();
  const answer = dependencies.fit(smoothing);
  return async () => {
    const tensor = (await answer)?.[smoothing.output];
    return tensor && { probabilities: Float64Array.from(fromWire(tensor).data as Float64Array), total };
  };
}
