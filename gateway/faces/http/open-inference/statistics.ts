/**
 * The statistics of versions, in Triton's form. What is not measured apart, such as the copying of inputs, has a count
 * of 0. Source: Triton, "Statistics Extension".
 */
import type { VersionStatistics } from "../../../requests/statistics.js";

export function modelStatistics(versions: readonly VersionStatistics[]): object {
  return { model_stats: versions.map(versionStatistics) };
}

function versionStatistics(figures: VersionStatistics): object {
  const { model, version, requestSuccess, requestFailure, inferences, executions } = figures;
  const failures = Object.values(requestFailure).reduce((sum, count) => sum + count, 0);
  return {
    name: model,
    version,
    inference_count: inferences,
    execution_count: executions,
    inference_stats: {
      success: duration(requestSuccess, figures.requestUs),
      fail: duration(failures, 0),
      queue: duration(requestSuccess, figures.queueUs),
      compute_input: duration(0, 0),
      compute_infer: duration(executions, figures.computeUs),
      compute_output: duration(0, 0),
    },
    batch_stats: [],
  };
}

function duration(count: number, us: number): { readonly count: number; readonly ns: number } {
  return { count, ns: Math.round(us * 1_000) };
}
