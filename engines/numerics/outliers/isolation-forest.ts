/**
 * An isolation forest as in scikit-learn's IsolationForest: the same seed grows the same trees. Numbers stay in
 * float64 where scikit-learn rounds X to float32, so that an offset of 1e8 does no harm. Source: Liu, Ting and Zhou
 * 2008, "Isolation forest".
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats } from "../../kernels/index.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { refuseTooLarge } from "../float-tensors.js";
import { RandomState } from "../random/random.js";
import { drawWithoutReplacement, drawWithReplacement } from "../random/subsample.js";
import { scoreIsolationForest } from "./isolation-scores.js";
import { depthMaximum, type IsolationTrees, TreeGrower } from "./isolation-trees.js";

export interface IsolationForestOptions {
  readonly trees: number;
  /** The number of rows that a tree is grown from: "auto" for at most 256, a share up to 1, or a count from 2. */
  readonly samples: "auto" | number;
  /** The share of outliers, from which the offset follows; "auto": the offset is −0.5. */
  readonly contamination: "auto" | number;
  /** The number of columns that a tree may split on: a share up to 1, or a count from 2. */
  readonly features: number;
  readonly bootstrap: boolean;
  readonly randomState: number;
}

export interface IsolationForest {
  readonly trees: IsolationTrees;
  /** The number of rows that each tree was grown from. */
  readonly samples: number;
  readonly offset: number;
  /** [n] from −1, which is surely an outlier, up to 0. */
  readonly scores: Float64Array;
}

/**
 * Fits a forest to X [n,p] and scores the same rows.
 * @throws HeadgateError `invalid_argument` for more features than columns
 */
export async function isolationForest(
  x: Floats,
  n: number,
  p: number,
  options: IsolationForestOptions,
  context: FitContext,
): Promise<IsolationForest> {
  const samples = sampleCount(options.samples, n);
  refuseTooLarge("parameters.n_estimators", "the forest's nodes", options.trees, 2 * samples - 1);
  const trees = growTrees(x, n, p, samples, options, context);
  const scores = scoreIsolationForest(trees, samples, x, n, p, context);
  const { contamination } = options;
  return {
    trees,
    samples,
    scores,
    offset: contamination === "auto" ? -0.5 : quantile(scores, contamination),
  };
}

function sampleCount(asked: "auto" | number, n: number): number {
  if (asked === "auto") return Math.min(256, n);
  if (asked > 1) return Math.min(asked, n);
  // The product is raised by 1e-9: a client that wants one row sends 1/n, and n·(1/n) may round to just below 1.
  const rows = Math.floor(asked * n * (1 + 1e-9));
  if (rows < 1) throw invalidArgument("parameters.max_samples", `${asked} of ${n} rows is less than one row`);
  return rows;
}

function featureCount(asked: number, p: number): number {
  if (asked > p) throw invalidArgument("parameters.max_features", `${asked} of ${p} columns; at most ${p}`);
  return asked > 1 ? asked : Math.max(1, Math.floor(asked * p));
}

/** Seeds for further generators are drawn below the largest signed 32-bit integer, as in scikit-learn. */
const seedsBelow = 2_147_483_647;

/**
 * Draws one seed for each tree. It seeds the generator of the tree's rows and columns, and a second generator from
 * which the seed of the tree's splits is derived.
 */
function growTrees(
  x: Floats,
  n: number,
  p: number,
  samples: number,
  options: IsolationForestOptions,
  context: FitContext,
): IsolationTrees {
  const features = featureCount(options.features, p);
  const grower = new TreeGrower(
    options.trees,
    options.trees * (2 * samples - 1),
    x,
    p,
    depthMaximum(samples),
    workReporterOf(context),
  );
  const forest = new RandomState(options.randomState);
  for (let tree = 0; tree < options.trees; tree++) {
    throwIfAborted(context);
    const seed = forest.integer(seedsBelow);
    const drawn = new RandomState(seed);
    const columns = drawWithoutReplacement(p, features, drawn);
    const rows = options.bootstrap
      ? Int32Array.from(new Set(drawWithReplacement(n, samples, drawn)))
      : drawWithoutReplacement(n, samples, drawn);
    const splits = new RandomState(new RandomState(seed).integer(seedsBelow)).integer(seedsBelow);
    grower.grow(rows, columns, splits);
  }
  return grower.finish();
}

/**
 * A quantile as numpy's percentile computes it: by linear interpolation between the two nearest values in ascending
 * order.
 */
function quantile(values: Float64Array, share: number): number {
  const ascending = Float64Array.from(values).sort();
  const at = share * (values.length - 1);
  const low = ascending[Math.floor(at)] as number;
  const high = ascending[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}
