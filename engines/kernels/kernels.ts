/**
 * The interface for the linear algebra whose cost grows with the number of rows. A backend takes row-major typed
 * arrays and their sizes, returns new arrays and never writes into its arguments. Small p×p factorisations are not
 * part of it: they run in float64 on the CPU (see numerics/).
 */

import type { Origin, Points } from "./points.js";
import type { WorkReporter } from "./work-reporter.js";

export type Floats = Float32Array | Float64Array;

export type KernelsName = "plain" | "ort" | "gpujs";

export type Precision = "FP32" | "FP64";

/** A run that a backend moved to a slower mode than the requested one. Each is reported. */
export interface KernelFallback {
  /** The requested mode, e.g. `webgpu` or `webgpu: gram 2520x500`. */
  readonly wanted: string;
  /** The mode that ran instead. */
  readonly got: string;
  readonly reason: string;
}

/** The column means of rows, and XᵀX of the rows minus them. */
export interface Scatter {
  /** [p] a point near the means, and [p] what the means are more than it: their sum has more digits than one number. */
  readonly about: Float64Array;
  readonly apart: Float64Array;
  /** [p,p] exactly symmetric. */
  readonly gram: Float64Array;
}

export interface NearestCentres {
  /** [n] the index of the nearest centre; the lowest index on a tie. */
  readonly labels: Int32Array;
  /** [n] the squared Euclidean distance to that centre, never negative. */
  readonly distances: Floats;
}

export interface Kernels {
  readonly name: KernelsName;
  readonly precision: Precision;
  /** The mode that actually runs: `cpu` for plain loops and ONNX Runtime; `webgpu`, `webasm` or `cpu` for gpu.js. */
  readonly mode: string;
  /** Every degradation so far, oldest first; empty when all runs used the requested mode. */
  readonly fallbacks: readonly KernelFallback[];

  /** XᵀX [p,p] of X [n,p]; for centred X, divided by n, it is the covariance. Exactly symmetric. */
  gram(x: Floats, n: number, p: number): Promise<Floats>;

  /** XᵀX [p,p] of X [n,p] minus the given column means. Exactly symmetric. */
  centredGram(x: Floats, n: number, p: number, means: Origin): Promise<Floats>;

  /**
   * The column means of X [n,p] and XᵀX of X minus them, in one pass. Absent or undefined where the backend has no
   * faster way for this X than the means first.
   */
  readonly scatter?: (x: Floats, n: number, p: number) => Scatter | undefined;

  /** AB [m,n] of A [m,k] and B [k,n]. */
  matmul(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats>;

  /** ABᵀ [m,n] of A [m,k] and B [n,k]. */
  matmulTransposed(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats>;

  /** Z − ((ZVᵀ)Tᵀ)V [m,n], a block of reflections of the rows of Z [m,n] by V [k,n] and T [k,k]. */
  reflect(z: Floats, v: Floats, t: Floats, m: number, n: number, k: number): Promise<Floats>;

  /** ‖xᵢ − yⱼ‖² [n,m] of X [n,p] and Y [m,p]. */
  squaredDistances(x: Floats, y: Floats, n: number, m: number, p: number): Promise<Floats>;

  /** The nearest of the centres [k,p] to each row of X [n,p]. */
  nearestCentre(x: Floats, centres: Floats, n: number, k: number, p: number): Promise<NearestCentres>;

  /** X [n,p] minus the origin, kept for repeated computations with k centres. */
  points(x: Floats, n: number, p: number, k: number, origin: Origin, reportWork?: WorkReporter): Points;

  /** Frees the backend's resources; it must not be used afterwards. */
  destroy(): Promise<void>;
}
