/** The scores of rows under an isolation forest: how deep they fall. */
import { invalidArgument } from "../../../protocol/errors.js";
import { type Floats, inBlocks } from "../../kernels/index.js";
import { type FitContext, workReporterOf } from "../fit.js";
import { depthMaximum, type IsolationTrees } from "./isolation-trees.js";

/**
 * The scores [n] of rows X [n,p] under a forest of trees with `samples` rows each: from −1, surely an
 * outlier, up to 0.
 * @throws HeadgateError `invalid_argument` for arrays that are no trees over p columns
 */
export function scoreIsolationForest(
  trees: IsolationTrees,
  samples: number,
  x: Floats,
  n: number,
  p: number,
  context: FitContext,
): Float64Array {
  const score = prepareScore(trees, samples, p);
  const scores = new Float64Array(n);
  // A step down a tree waits for memory: it costs some multiply-adds.
  const each = 4 * trees.offsets.length * depthMaximum(samples);
  inBlocks(n, each, workReporterOf(context), (from, to) => {
    scores.set(score(x.subarray(from * p, to * p), to - from), from);
  });
  return scores;
}

/** scikit-learn's predict: −1 for an outlier, whose score is below the offset, else 1. */
export function inliers(decisions: Float64Array): Int32Array {
  return Int32Array.from(decisions, (value) => (value < 0 ? -1 : 1));
}

/** The mean depth at which a search among n samples fails: c(n) of the paper, 10.2447709 for 256. */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + eulerGamma) - (2 * (n - 1)) / n;
}

const eulerGamma = 0.5772156649015329;

/**
 * Every leaf leads to itself, so that all walks through a tree take as many steps: a loop whose end cannot
 * be guessed wrong, 10 ms where stopping at leaves takes 16 (2500×5, 100 trees).
 */
function prepareScore(trees: IsolationTrees, samples: number, p: number) {
  const { feature, threshold, missing, children, lengths, depths } = layOut(trees, samples, p);
  const scale = trees.offsets.length * averagePathLength(samples);
  return (x: Floats, n: number): Float64Array => {
    const totals = new Float64Array(n);
    const holed = x.some((value) => Number.isNaN(value));
    trees.offsets.forEach((root, tree) => {
      const steps = depths[tree] as number;
      for (let i = 0, row = 0; i < n; i++, row += p) {
        let node = root;
        for (let step = 0; step < steps; step++) {
          const value = x[row + (feature[node] as number)] as number;
          const goesRight = value > (threshold[node] as number);
          const next = children[2 * node + Number(goesRight)] as number;
          node = holed && Number.isNaN(value) ? (missing[node] as number) : next;
        }
        totals[i] = (totals[i] as number) + (lengths[node] as number);
      }
    });
    return totals.map((total) => -(2 ** -(scale === 0 ? 1 : total / scale)));
  };
}

/** Nodes as the walk reads them, each child a place in the forest; where missing values go; and how deep each tree goes. */
function layOut(trees: IsolationTrees, samples: number, p: number) {
  const nodes = trees.feature.length;
  const deepestAllowed = depthMaximum(samples);
  const feature = trees.feature.map((column) => Math.max(0, column));
  const children = new Int32Array(2 * nodes);
  const missing = new Int32Array(nodes);
  // What a sample adds that ends at a leaf: its depth, and c of how many ended there in the fit.
  const lengths = new Float64Array(nodes);
  const level = new Int32Array(nodes);
  const depths = trees.offsets.map((root, tree) => {
    const end = trees.offsets[tree + 1] ?? nodes;
    if (!(root < end && end <= nodes && (tree > 0 || root === 0))) refuseTree(tree);
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
      missing[node] = trees.missingLeft[node] === 1 ? left : right;
      if (!leaf) level[left] = level[right] = depth + 1;
    }
    if (deepest > deepestAllowed) refuseDepth(tree, deepest, samples);
    return deepest;
  });
  return { feature, threshold: trees.threshold, missing, children, lengths, depths };
}

function refuseTree(tree: number): never {
  throw invalidArgument("inputs.tree_offsets", `tree ${tree} does not begin where the one before it ends`);
}

/** It bounds what a walk may cost, too: trees may come from a client. */
function refuseDepth(tree: number, depth: number, samples: number): never {
  throw invalidArgument(
    "inputs.max_samples",
    `no tree of ${samples} rows is ${depth} deep, as tree ${tree} is`,
  );
}

function refuseNode(node: number, tree: number, p: number): never {
  throw invalidArgument("inputs", `node ${node} of tree ${tree} is none of a tree over ${p} columns`);
}
