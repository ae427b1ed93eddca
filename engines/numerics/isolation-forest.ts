/**
 * An isolation forest as scikit-learn's IsolationForest: with the same seed the same trees. Numbers stay in
 * float64 where scikit-learn rounds X to float32, so an offset of 1e8 costs nothing. Source: Liu, Ting and
 * Zhou 2008, "Isolation forest".
 */
import { invalidArgument } from "../../protocol/errors.js";
import type { Floats } from "../kernels/index.js";
import { type FitContext, throwIfAborted } from "./fit.js";
import { refuseTooLarge } from "./float-tensors.js";
import { type IsolationTrees, TreeGrower } from "./isolation-trees.js";
import { RandomState } from "./random.js";
import { drawWithoutReplacement, drawWithReplacement } from "./subsample.js";

export interface IsolationForestOptions {
  readonly trees: number;
  /** Rows a tree sees: "auto" for at most 256, a share up to 1, or a count from 2. */
  readonly samples: "auto" | number;
  /** The share of outliers, which sets the offset; "auto": the offset is −0.5. */
  readonly contamination: "auto" | number;
  /** Columns a tree sees: a share up to 1, or a count from 2. */
  readonly features: number;
  readonly bootstrap: boolean;
  readonly randomState: number;
}

export interface IsolationForest {
  readonly trees: IsolationTrees;
  /** Rows each tree was grown from. */
  readonly samples: number;
  readonly offset: number;
  /** [n] from −1, surely an outlier, up to 0. */
  readonly scores: Float64Array;
}

/** Rows scored between two looks at the abort flag: about 5 ms with 100 trees. */
const scoredAtOnce = 1024;

/**
 * Fits X [n,p] and scores it.
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
  const score = prepareScore(trees, samples, p);
  const scores = new Float64Array(n);
  for (let from = 0; from < n; from += scoredAtOnce) {
    throwIfAborted(context);
    const to = Math.min(n, from + scoredAtOnce);
    scores.set(score(x.subarray(from * p, to * p), to - from), from);
  }
  const { contamination } = options;
  return {
    trees,
    samples,
    scores,
    offset: contamination === "auto" ? -0.5 : quantile(scores, contamination),
  };
}

/**
 * The scores [n] of new rows X [n,p] under a forest of trees with `samples` rows each.
 * @throws HeadgateError `invalid_argument` for arrays that are no trees over p columns
 */
export function scoreIsolationForest(
  trees: IsolationTrees,
  samples: number,
  x: Floats,
  n: number,
  p: number,
): Float64Array {
  return prepareScore(trees, samples, p)(x, n);
}

/** The mean depth at which a search among n samples fails: c(n) of the paper, 10.2447709 for 256. */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + eulerGamma) - (2 * (n - 1)) / n;
}

const eulerGamma = 0.5772156649015329;

function sampleCount(asked: "auto" | number, n: number): number {
  if (asked === "auto") return Math.min(256, n);
  return asked > 1 ? Math.min(asked, n) : Math.max(1, Math.floor(asked * n));
}

function featureCount(asked: number, p: number): number {
  if (asked > p) throw invalidArgument("parameters.max_features", `${asked} of ${p} columns; at most ${p}`);
  return asked > 1 ? asked : Math.max(1, Math.floor(asked * p));
}

/** Draws that seed others are below the largest signed 32-bit integer. */
const seedsBelow = 2_147_483_647;

/** Each tree's seed seeds a generator of its rows and columns, and another that seeds its splits. */
function growTrees(
  x: Floats,
  n: number,
  p: number,
  samples: number,
  options: IsolationForestOptions,
  context: FitContext,
): IsolationTrees {
  const features = featureCount(options.features, p);
  const depthMaximum = Math.ceil(Math.log2(Math.max(samples, 2)));
  const grower = new TreeGrower(options.trees, options.trees * (2 * samples - 1), x, p, depthMaximum);
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
 * Every leaf leads to itself, so that all walks through a tree take as many steps: a loop whose end cannot
 * be guessed wrong, 10 ms where stopping at leaves takes 16 (2500×5, 100 trees).
 */
function prepareScore(trees: IsolationTrees, samples: number, p: number) {
  const { feature, threshold, children, lengths, depths } = layOut(trees, p);
  const scale = trees.offsets.length * averagePathLength(samples);
  return (x: Floats, n: number): Float64Array => {
    const totals = new Float64Array(n);
    trees.offsets.forEach((root, tree) => {
      const steps = depths[tree] as number;
      for (let i = 0, row = 0; i < n; i++, row += p) {
        let node = root;
        for (let step = 0; step < steps; step++) {
          const goesRight = (x[row + (feature[node] as number)] as number) > (threshold[node] as number);
          node = children[2 * node + Number(goesRight)] as number;
        }
        totals[i] = (totals[i] as number) + (lengths[node] as number);
      }
    });
    return totals.map((total) => -(2 ** -(scale === 0 ? 1 : total / scale)));
  };
}

/** Nodes as the walk reads them, each child a place in the forest; and how deep each tree goes. */
function layOut(trees: IsolationTrees, p: number) {
  const nodes = trees.feature.length;
  const feature = trees.feature.map((column) => Math.max(0, column));
  const children = new Int32Array(2 * nodes);
  // What a sample adds that ends at a leaf: its depth, and c of how many ended there in the fit.
  const lengths = new Float64Array(nodes);
  const level = new Int32Array(nodes);
  const depths = trees.offsets.map((root, tree) => {
    const end = trees.offsets[tree + 1] ?? nodes;
    let deepest = 0;
    for (let node = root; node < end; node++) {
      const depth = level[node] as number;
      deepest = Math.max(deepest, depth);
      lengths[node] = depth + averagePathLength(trees.samples[node] as number);
      const leaf = (trees.feature[node] as number) < 0;
      const left = leaf ? node : root + (trees.left[node] as number);
      const right = leaf ? node : root + (trees.right[node] as number);
      if (!leaf && !(left > node && left < end && right > node && right < end))
        refuseNode(node - root, tree, p);
      if ((feature[node] as number) >= p) refuseNode(node - root, tree, p);
      children[2 * node] = left;
      children[2 * node + 1] = right;
      if (!leaf) level[left] = level[right] = depth + 1;
    }
    return deepest;
  });
  return { feature, threshold: trees.threshold, children, lengths, depths };
}

function refuseNode(node: number, tree: number, p: number): never {
  throw invalidArgument("inputs", `node ${node} of tree ${tree} is none of a tree over ${p} columns`);
}

/** numpy's percentile: between the two nearest values in order. */
function quantile(values: Float64Array, share: number): number {
  const ascending = Float64Array.from(values).sort();
  const at = share * (values.length - 1);
  const low = ascending[Math.floor(at)] as number;
  const high = ascending[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}
