/**
 * The compiled secular equation. It copies its poles into WebAssembly memory and its vectors out, and can be
 * cancelled between blocks of roots.
 */
import { ignoreWork, inBlocks, type WorkReporter } from "../work-reporter.js";
import { Arena } from "./loops.js";

export interface SecularSolution {
  /** [k] ascending. */
  readonly values: Float64Array;
  /** [count,k] the eigenvectors of the last `count` values as unit rows, in the basis of the poles. */
  readonly vectors: Float64Array;
}

/** The eigenvalues and eigenvectors of D + ρzzᵀ. */
export function compiledSecularEigen(
  d: Float64Array,
  z: Float64Array,
  rho: number,
  count: number,
  reportWork: WorkReporter = ignoreWork,
): SecularSolution {
  return solved(d, z, rho, 0, count, reportWork);
}

/**
 * Singular values and right singular vectors of the matrix with z as its first row and d on the diagonal below it; d₀
 * = 0.
 */
export function compiledSecularSingular(
  d: Float64Array,
  z: Float64Array,
  count: number,
  reportWork: WorkReporter = ignoreWork,
): SecularSolution {
  return solved(d, z, 1, 1, count, reportWork);
}

/** Cost of a root per pole: about eight iterations over all poles, with a division each. */
const stepsOfRoot = 40;

function solved(
  d: Float64Array,
  z: Float64Array,
  rho: number,
  squared: 0 | 1,
  count: number,
  reportWork: WorkReporter,
): SecularSolution {
  const k = d.length;
  const arena = Arena.borrow(k * k + count * k + 6 * k, 6);
  try {
    const [values, poles, weights] = [arena.floats(k), arena.floats(k), arena.floats(k)];
    const [work, vectors, apart] = [arena.floats(2 * k), arena.floats(count * k), arena.floats(k * k)];
    const nearby = arena.floats(k);
    poles.set(d);
    weights.set(z);
    const [dAt, zAt, apartAt, nearbyAt] = [
      poles.byteOffset,
      weights.byteOffset,
      apart.byteOffset,
      nearby.byteOffset,
    ];
    const { loops } = arena;
    inBlocks(k, stepsOfRoot * k, reportWork, (from, to) =>
      loops.secular_roots(dAt, zAt, rho, squared, k, from, to, values.byteOffset, apartAt, work.byteOffset),
    );
    inBlocks(k, 4 * k, reportWork, (from, to) =>
      loops.secular_weights(dAt, squared, k, from, to, apartAt, nearbyAt),
    );
    inBlocks(count, 8 * k, reportWork, (from, to) => {
      const at = vectors.byteOffset + from * k * 8;
      loops.secular_vectors(zAt, k, k - count + from, k - count + to, apartAt, nearbyAt, at);
    });
    return { values: values.slice(), vectors: vectors.slice() };
  } finally {
    arena.release();
  }
}
