/** The responsibilities a mixture starts from, drawn in scikit-learn's order. */

import { kmeans } from "../cluster/kmeans.js";
import { plusPlusSamples } from "../cluster/kmeans-seeding.js";
import type { FitContext } from "../fit.js";
import type { RandomState } from "../random/random.js";
import type { MixtureSamples } from "./mixture-samples.js";

export type InitParams = "kmeans" | "k-means++" | "random" | "random_from_data";

/** Whether the start gives shares to a sample for each component and none to all others. */
export function isOfFewSamples(from: InitParams): boolean {
  return from === "random_from_data" || from === "k-means++";
}

/**
 * The first responsibilities [k,n]: for `kmeans` each sample belongs to its cluster; for `k-means++` and
 * `random_from_data` each component has one sample; for `random` all shares are random.
 */
export async function startResponsibilities(
  { about, n, p }: MixtureSamples,
  k: number,
  from: InitParams,
  random: RandomState,
  context: FitContext,
): Promise<Float64Array> {
  const shares = new Float64Array(k * n);
  switch (from) {
    case "kmeans": {
      const { labels } = await kmeans(
        about,
        n,
        p,
        { ...kmeansDefaults, clusters: k, randomState: random },
        context,
      );
      labels.forEach((label, i) => {
        shares[label * n + i] = 1;
      });
      return shares;
    }
    case "random":
      return randomShares(shares, n, k, random);
    case "random_from_data":
      return singleSamples(shares, random.permutation(n).subarray(0, k), n);
    case "k-means++":
      return singleSamples(shares, await plusPlusSamples(about, n, p, k, random, context), n);
  }
}

/** scikit-learn's KMeans with one start. */
const kmeansDefaults = { init: "k-means++", starts: 1, iterationsMaximum: 300, tolerance: 1e-4 } as const;

function singleSamples(shares: Float64Array, indices: Int32Array, n: number): Float64Array {
  indices.forEach((i, c) => {
    shares[c * n + i] = 1;
  });
  return shares;
}

function randomShares(shares: Float64Array, n: number, k: number, random: RandomState): Float64Array {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let at = i; at < k * n; at += n) {
      const draw = random.uniform();
      shares[at] = draw;
      sum += draw;
    }
    for (let at = i; at < k * n; at += n) shares[at] = (shares[at] as number) / sum;
  }
  return shares;
}
