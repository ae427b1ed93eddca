/** The jobs of the GPU bench: the fits, and the one kernel, whose cost grows with the number of rows. */
import type { Parameters } from "../../protocol/frames.js";

export interface GpuJob {
  /** The name of the job in the bench's rows. */
  readonly title: string;
  /**
   * The fit's name. Null for the job that runs a kernel alone: the distances of all rows to a first part of the rows.
   */
  readonly fit: string | null;
  readonly parameters: Parameters;
}

export const jobs = {
  covariance: { title: "covariance", fit: "empirical_covariance", parameters: {} },
  pca: { title: "PCA, 10 components", fit: "pca", parameters: { n_components: 10, random_state: 0 } },
  kmeans: {
    title: "k-means, k=8, up to 20 rounds",
    fit: "kmeans",
    parameters: { n_clusters: 8, n_init: 1, max_iter: 20, random_state: 0 },
  },
  distances: { title: "distances", fit: null, parameters: {} },
  "monte-carlo": {
    title: "Monte Carlo VaR, 100,000 paths",
    fit: "monte_carlo_var",
    parameters: { n_paths: 100_000, level: 0.99, random_state: 0 },
  },
} as const satisfies Readonly<Record<string, GpuJob>>;

export type JobName = keyof typeof jobs;

/**
 * The number of rows that distances are measured to: all rows of a small table; for a large table, so many that there
 * are 6 to 16 million distances.
 */
export function distanceRows(n: number): number {
  if (n <= 4_096) return n;
  return n <= 100_000 ? 64 : 16;
}
