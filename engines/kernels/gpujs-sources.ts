// biome-ignore-all lint/style/noNonNullAssertion: the assertions are erased from the text that gpu.js reads.
/**
 * The kernels whose source text gpu.js translates into WGSL, WebAssembly or plain loops. They may therefore only use
 * `this.thread`, `this.constants` and their arguments, and contain no nested function.
 *
 * Every loop is bounded by `constants`: gpu.js silently stops a loop that is bounded by an argument at 1,000
 * iterations. Long sums are computed in blocks of `rows`, which keeps the float32 error near √(blocks + rows)
 * roundings.
 */
import type { IKernelFunctionThis } from "gpu.js";

export type SourceName = "gram" | "matmul" | "squaredDistances" | "nearestCentre";

interface BlockSum {
  readonly blocks: number;
  readonly rows: number;
  readonly length: number;
}

/** Rows of [n,p], as gpu.js types a two-dimensional input. */
type GpuMatrix = number[][];

function gram(this: IKernelFunctionThis<BlockSum>, x: GpuMatrix): number {
  let sum = 0;
  for (let block = 0; block < this.constants.blocks; block++) {
    let part = 0;
    for (let row = 0; row < this.constants.rows; row++) {
      const i = block * this.constants.rows + row;
      if (i < this.constants.length) {
        part += x[i]![this.thread.y]! * x[i]![this.thread.x]!;
      }
    }
    sum += part;
  }
  return sum;
}

function matmul(this: IKernelFunctionThis<BlockSum>, a: GpuMatrix, b: GpuMatrix): number {
  let sum = 0;
  for (let block = 0; block < this.constants.blocks; block++) {
    let part = 0;
    for (let row = 0; row < this.constants.rows; row++) {
      const i = block * this.constants.rows + row;
      if (i < this.constants.length) {
        part += a[this.thread.y]![i]! * b[i]![this.thread.x]!;
      }
    }
    sum += part;
  }
  return sum;
}

function squaredDistances(
  this: IKernelFunctionThis<{ readonly p: number }>,
  x: GpuMatrix,
  y: GpuMatrix,
): number {
  let sum = 0;
  for (let j = 0; j < this.constants.p; j++) {
    const difference = x[this.thread.y]![j]! - y[this.thread.x]![j]!;
    sum += difference * difference;
  }
  return sum;
}

/** One label for each row; labels are exact in float32 up to 2²⁴ centres. */
function nearestCentre(
  this: IKernelFunctionThis<{ readonly p: number; readonly k: number }>,
  x: GpuMatrix,
  centres: GpuMatrix,
): number {
  let label = 0;
  let least = 0;
  for (let centre = 0; centre < this.constants.k; centre++) {
    let sum = 0;
    for (let j = 0; j < this.constants.p; j++) {
      const difference = x[this.thread.x]![j]! - centres[centre]![j]!;
      sum += difference * difference;
    }
    if (centre === 0 || sum < least) {
      least = sum;
      label = centre;
    }
  }
  return label;
}

export const sources = { gram, matmul, squaredDistances, nearestCentre } as const;
