/** The jobs of the numerics suite, with Headgate's names and scikit-learn's. */
import type { Parameters } from "../../protocol/frames.js";

export interface NumericsJob {
  readonly fit: string;
  readonly n: number;
  readonly p: number;
  readonly ours: Parameters;
  readonly theirs: Readonly<Record<string, unknown>>;
  /** The text that the row shows beside the shape. */
  readonly note?: string;
  readonly data?: "factors" | "blobs" | "positive" | "regimes" | "noise" | "dependent";
  /**
   * Moving the bytes alone may take longer than scikit-learn, so the job is also compared with an echo of its bytes.
   */
  readonly byteBound?: boolean;
}

const same = (parameters: Parameters = {}) => ({ ours: parameters, theirs: parameters });
const shapes = [
  [252, 50],
  [2_520, 500],
  [100_000, 16],
] as const;
const each = (fit: string, parameters: Parameters = {}): NumericsJob[] =>
  shapes.map(([n, p]) => ({ fit, n, p, ...same(parameters), byteBound: true }));

export const numericsJobs: readonly NumericsJob[] = [
  ...each("standard_scaler"),
  ...each("pca"),
  { fit: "pca", n: 2_520, p: 500, ...same({ n_components: 10, random_state: 0 }), note: "10 components" },
  ...(
    [
      [500, 500, "near square", "noise"],
      [1_000, 1_000, "near square", "noise"],
      [600, 450, "collinear", "dependent"],
      [2_000, 300, "collinear", "dependent"],
      [60, 1_000, "collinear", "dependent"],
    ] as const
  ).map(
    ([n, p, note, data]): NumericsJob => ({ fit: "pca", n, p, ...same({ svd_solver: "full" }), note, data }),
  ),
  ...each("empirical_covariance"),
  ...each("ledoit_wolf"),
  ...each("oas"),
  ...each("kmeans", { n_clusters: 8, random_state: 0 }).map(
    (job): NumericsJob => ({ ...job, note: "k=8", data: "blobs" }),
  ),
  {
    fit: "gaussian_mixture",
    n: 2_500,
    p: 5,
    ...same({ n_components: 4, random_state: 0 }),
    note: "k=4",
    data: "blobs",
  },
  {
    fit: "gaussian_mixture",
    n: 252,
    p: 50,
    ...same({ n_components: 2, random_state: 0 }),
    note: "k=2",
    data: "blobs",
  },
  { fit: "dbscan", n: 2_500, p: 5, ...same({ eps: 0.8, min_samples: 5 }), data: "blobs" },
  { fit: "fast_ica", n: 252, p: 50, ...same({ n_components: 10, random_state: 0 }), note: "10 components" },
  { fit: "nmf", n: 252, p: 50, ...same({ n_components: 5 }), note: "5 components", data: "positive" },
  { fit: "isolation_forest", n: 2_500, p: 5, ...same({ random_state: 0 }), note: "fit and score" },
  {
    fit: "gaussian_hmm",
    n: 5_000,
    p: 1,
    ...same({ n_components: 2, n_iter: 30, tol: 1e-4, random_state: 0 }),
    note: "2 states",
    data: "regimes",
  },
  {
    fit: "monte_carlo_var",
    n: 252,
    p: 10,
    ...same({ n_paths: 1_000_000, level: 0.99, random_state: 0 }),
    note: "1,000,000 paths",
  },
];

/** How a row of the report is named. */
export function nameOf({ fit, n, p, note }: NumericsJob): string {
  return `${fit} ${n}x${p}${note === undefined ? "" : `, ${note}`}`;
}

/** The library that computes the job on the other side. */
export function peerOf({ fit }: Pick<NumericsJob, "fit">): string {
  if (fit === "gaussian_hmm") return "hmmlearn";
  return fit === "monte_carlo_var" ? "numpy" : "scikit-learn";
}
