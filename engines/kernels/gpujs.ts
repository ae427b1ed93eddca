/**
 * The kernels on gpu.js 2.24, in float32: `webgpu` where a GPU is found, else `webasm`, else `cpu`. gpu.js can
 * silently degrade a kernel to its CPU backend; here the mode that actually ran is checked after each kernel's first
 * run, and a degradation is reported in `fallbacks`.
 */
import { GPU, Input } from "gpu.js";
import { type GpujsMode, KernelCache } from "./gpujs-cache.js";
import type { Floats, KernelFallback, Kernels } from "./kernels.js";
import { squaredDistance } from "./plain.js";
import { PlainPoints, seenFrom } from "./plain-points.js";
import type { Origin, Points } from "./points.js";
import { openAdapter } from "./webgpu-adapter.js";

export interface GpujsOptions {
  /** The preferred mode; slower modes are tried when it cannot run. Default `webgpu`. */
  readonly mode?: GpujsMode;
  /** Whether a software renderer is accepted as a GPU: useful in tests, but slow. Default false. */
  readonly allowSoftware?: boolean;
  /** Limit on cached compiled kernels, one for each size. Default 32. */
  readonly kernelsMaximum?: number;
}

const modes: readonly GpujsMode[] = ["webgpu", "webasm", "cpu"];

/** Finds the fastest mode that runs, from the preferred one down. Rejects only when not even `cpu` runs. */
export async function createGpujsKernels(options: GpujsOptions = {}): Promise<Kernels> {
  const wanted = options.mode ?? "webgpu";
  const fallbacks: KernelFallback[] = [];
  const reasons: string[] = [];
  for (const mode of modes.slice(modes.indexOf(wanted))) {
    const problem = await whyNot(mode, options.allowSoftware ?? false);
    if (problem === undefined) {
      if (mode !== wanted) fallbacks.push({ wanted, got: mode, reason: reasons.join("; ") });
      return new GpujsKernels(mode, options.kernelsMaximum ?? 32, fallbacks);
    }
    reasons.push(problem);
  }
  throw new Error(`gpu.js runs nowhere here: ${reasons.join("; ")}`);
}

/** The reason why a mode cannot run here, found for `webasm` and `cpu` by running a kernel; undefined when it can. */
async function whyNot(mode: GpujsMode, allowSoftware: boolean): Promise<string | undefined> {
  if (mode === "webgpu") {
    const answer = await openAdapter(allowSoftware);
    if (!answer.usable) return answer.reason;
  }
  const fallbacks: KernelFallback[] = [];
  const probe = new GpujsKernels(mode, 1, fallbacks);
  try {
    const [four] = await probe.matmul(Float32Array.of(2), Float32Array.of(2), 1, 1, 1);
    if (four !== 4) return `${mode} answers ${four} for 2·2`;
    return fallbacks[0]?.reason;
  } catch (cause) {
    return `${mode}: ${cause instanceof Error ? cause.message : String(cause)}`;
  } finally {
    await probe.destroy();
  }
}

class GpujsKernels implements Kernels {
  readonly name = "gpujs";
  readonly precision = "FP32";
  readonly #gpu: GPU;
  readonly #cache: KernelCache;
  readonly #wanted: GpujsMode;
  readonly #fallbacks: KernelFallback[];

  constructor(mode: GpujsMode, kernelsMaximum: number, fallbacks: KernelFallback[]) {
    this.#wanted = mode;
    this.#fallbacks = fallbacks;
    this.#gpu = new GPU({ mode });
    this.#cache = new KernelCache(this.#gpu, mode, kernelsMaximum, (fallback) => fallbacks.push(fallback));
  }

  /** The slowest mode that any kernel ran in: one degraded kernel makes the whole backend slow. */
  get mode(): string {
    return this.#fallbacks.some((fallback) => fallback.got === "cpu") ? "cpu" : this.#wanted;
  }

  get fallbacks(): readonly KernelFallback[] {
    return this.#fallbacks;
  }

  async gram(x: Floats, n: number, p: number): Promise<Floats> {
    const kernel = { source: "gram", sizes: [n, p], output: [p, p], constants: sumInBlocks(n) } as const;
    return this.#cache.run(kernel, [rows(x, n, p)]);
  }

  async centredGram(x: Floats, n: number, p: number, means: Origin): Promise<Floats> {
    return this.gram(seenFrom(means, x, n, p), n, p);
  }

  async matmul(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats> {
    const kernel = { source: "matmul", sizes: [m, k, n], output: [n, m], constants: sumInBlocks(k) } as const;
    return this.#cache.run(kernel, [rows(a, m, k), rows(b, k, n)]);
  }

  /** B is transposed on the CPU, which costs n·k beside the product's m·k·n. */
  async matmulTransposed(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats> {
    const turned = new Float32Array(k * n);
    for (let j = 0; j < n; j++) for (let l = 0; l < k; l++) turned[l * n + j] = b[j * k + l] as number;
    return this.matmul(a, turned, m, k, n);
  }

  async reflect(z: Floats, v: Floats, t: Floats, m: number, n: number, k: number): Promise<Floats> {
    const scaled = await this.matmulTransposed(await this.matmulTransposed(z, v, m, n, k), t, m, k, k);
    const taken = await this.matmul(scaled, v, m, k, n);
    return taken.map((value, at) => (z[at] as number) - value);
  }

  async squaredDistances(x: Floats, y: Floats, n: number, m: number, p: number): Promise<Floats> {
    const kernel = {
      source: "squaredDistances",
      sizes: [n, m, p],
      output: [m, n],
      constants: { p },
    } as const;
    return this.#cache.run(kernel, [rows(x, n, p), rows(y, m, p)]);
  }

  /**
   * The kernel computes the labels; the n distances to the nearest centres are then computed in float64, which costs
   * n·p beside n·k·p.
   */
  async nearestCentre(x: Floats, centres: Floats, n: number, k: number, p: number) {
    const kernel = { source: "nearestCentre", sizes: [n, k, p], output: [n], constants: { k, p } } as const;
    const found = await this.#cache.run(kernel, [rows(x, n, p), rows(centres, k, p)]);
    const labels = Int32Array.from(found);
    const distances = Float64Array.from(labels, (label, i) =>
      squaredDistance(x, i * p, centres, label * p, p),
    );
    return { labels, distances };
  }

  points(x: Floats, n: number, p: number, _k: number, origin: Origin): Points {
    return new PlainPoints(this, x, n, p, origin);
  }

  async destroy(): Promise<void> {
    await this.#cache.clear();
    await this.#gpu.destroy();
  }
}

/** Splits a sum of `length` terms into about √length blocks. */
function sumInBlocks(length: number) {
  const rows = Math.ceil(Math.sqrt(length));
  return { rows, blocks: Math.ceil(length / rows), length };
}

/** [n,p] as gpu.js expects it: float32, with the width first. */
function rows(x: Floats, n: number, p: number): Input {
  const data = x instanceof Float32Array ? x : new Float32Array(x);
  return new Input(data as Float32Array & number[], [p, n]);
}
