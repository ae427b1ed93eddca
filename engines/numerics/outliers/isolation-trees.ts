/**
 * Grows isolation trees by random splits, until each sample is alone in its leaf or the depth limit is reached. Nodes
 * are grown depth first, as in scikit-learn's ExtraTreeRegressor. Source: Liu, Ting and Zhou 2008, "Isolation
 * forest".
 */
import { type Floats, ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { type NodeRange, Splitter } from "./isolation-splitter.js";

/**
 * The trees of a forest, stored one after the other. The nodes of a tree are numbered from 0, parents before
 * children.
 */
export interface IsolationTrees {
  /** [t] the index at which the nodes of each tree begin. */
  readonly offsets: Int32Array;
  /** [m] the column that a node splits on; −2 for a leaf. */
  readonly feature: Int32Array;
  /** [m] the threshold of a node: a sample goes left when its value is at most this; −2 for a leaf. */
  readonly threshold: Float64Array;
  /** [m] 1 where a sample with a missing value goes left, else 0; 0 for a leaf. */
  readonly missingLeft: Uint8Array;
  /** [m] the number of the left child within its tree; −1 for a leaf. */
  readonly left: Int32Array;
  /** [m] the number of the right child within its tree; −1 for a leaf. */
  readonly right: Int32Array;
  /** [m] the number of the tree's samples that reached the node. */
  readonly samples: Int32Array;
}

/** The largest depth of a tree that is grown from so many samples. */
export function depthMaximum(samples: number): number {
  return Math.ceil(Math.log2(Math.max(samples, 2)));
}

/** The estimated work of splitting off one row, in multiply-adds: its value is read twice and the row is moved. */
const costOfSplit = 8;

const leaf = { feature: -2, threshold: -2, child: -1 } as const;

/** Appends trees to one set of arrays, which is allocated at its largest size at the start. */
export class TreeGrower {
  readonly #nodes: IsolationTrees;
  #trees = 0;
  #count = 0;

  /** @param nodesMaximum the most nodes of all trees together; a tree of s samples has at most 2s − 1 */
  constructor(
    trees: number,
    nodesMaximum: number,
    private readonly x: Floats,
    private readonly p: number,
    private readonly depthMaximum: number,
    private readonly reportWork: WorkReporter = ignoreWork,
  ) {
    this.#nodes = {
      offsets: new Int32Array(trees),
      feature: new Int32Array(nodesMaximum),
      threshold: new Float64Array(nodesMaximum),
      missingLeft: new Uint8Array(nodesMaximum),
      left: new Int32Array(nodesMaximum),
      right: new Int32Array(nodesMaximum),
      samples: new Int32Array(nodesMaximum),
    };
  }

  /** Grows the tree of the given rows and columns of X. The order of `rows` changes. */
  grow(rows: Int32Array, columns: Int32Array, seed: number): void {
    this.#nodes.offsets[this.#trees++] = this.#count;
    const splitter = new Splitter(this.x, this.p, rows, columns, seed);
    this.#growNode(splitter, this.#count, { start: 0, end: rows.length, depth: 0, constants: 0 });
  }

  /** Returns the trees grown so far. */
  finish(): IsolationTrees {
    const { offsets, feature, threshold, missingLeft, left, right, samples } = this.#nodes;
    return {
      offsets,
      feature: feature.slice(0, this.#count),
      threshold: threshold.slice(0, this.#count),
      missingLeft: missingLeft.slice(0, this.#count),
      left: left.slice(0, this.#count),
      right: right.slice(0, this.#count),
      samples: samples.slice(0, this.#count),
    };
  }

  /**
   * Adds a node and all its descendants, left before right. Returns the node's number in the tree that begins at
   * `root`.
   */
  #growNode(splitter: Splitter, root: number, place: NodeRange): number {
    const { feature, threshold, missingLeft, left, right, samples } = this.#nodes;
    const { start, end, depth } = place;
    const node = this.#count++;
    reportInPieces(this.reportWork, costOfSplit * (end - start));
    const split = depth < this.depthMaximum && end - start > 1 ? splitter.split(place) : null;
    samples[node] = end - start;
    feature[node] = split?.feature ?? leaf.feature;
    threshold[node] = split?.threshold ?? leaf.threshold;
    missingLeft[node] = split?.missingLeft ? 1 : 0;
    left[node] = leaf.child;
    right[node] = leaf.child;
    if (split !== null) {
      const { middle, constants } = split;
      left[node] = this.#growNode(splitter, root, { start, end: middle, depth: depth + 1, constants });
      right[node] = this.#growNode(splitter, root, { start: middle, end, depth: depth + 1, constants });
    }
    return node - root;
  }
}
