/**
 * A cache of compiled gpu.js kernels, one for each size; the least recently used is evicted. Sizes are compiled into
 * a kernel as constants, so a stream of different sizes would otherwise fill the GPU's memory.
 */
import type { GPU, IKernelRunShortcut, Input } from "gpu.js";
import { type SourceName, sources } from "./gpujs-sources.js";
import type { KernelFallback } from "./kernels.js";

export type GpujsMode = "webgpu" | "webasm" | "cpu";

export interface SizedKernel {
  readonly source: SourceName;
  /** The sizes that the kernel is compiled for. */
  readonly sizes: readonly number[];
  /** The output's size; width first, as gpu.js expects it. */
  readonly output: readonly number[];
  readonly constants: Readonly<Record<string, number>>;
}

interface CompiledKernel {
  readonly kernel: IKernelRunShortcut;
  /** The kernel's last run: runs of one kernel share its buffers, so they are queued. */
  tail: Promise<unknown>;
  ran: boolean;
}

export class KernelCache {
  readonly #compiled = new Map<string, CompiledKernel>();

  constructor(
    private readonly gpu: GPU,
    private readonly mode: GpujsMode,
    private readonly maximum: number,
    private readonly onFallback: (fallback: KernelFallback) => void,
  ) {}

  /** The number of cached kernels. */
  get size(): number {
    return this.#compiled.size;
  }

  /** Runs a kernel and returns its output, flat and row-major. */
  async run(sized: SizedKernel, inputs: readonly Input[]): Promise<Float32Array> {
    const key = `${sized.source} ${sized.sizes.join("x")}`;
    const compiled = this.#take(key, sized);
    const result = compiled.tail.then(() => compiled.kernel(...inputs));
    compiled.tail = result.catch(() => {});
    const output = flat(await result, sized.output);
    this.#warnOfFallback(key, compiled);
    return output;
  }

  /** Destroys every kernel as soon as its queued runs have ended. */
  async clear(): Promise<void> {
    const held = [...this.#compiled.values()];
    this.#compiled.clear();
    await Promise.all(held.map(destroyAfterRuns));
  }

  #take(key: string, sized: SizedKernel): CompiledKernel {
    const found = this.#compiled.get(key) ?? this.#compile(sized);
    this.#compiled.delete(key);
    this.#compiled.set(key, found);
    for (const [oldest, compiled] of this.#compiled) {
      if (this.#compiled.size <= this.maximum) break;
      this.#compiled.delete(oldest);
      void destroyAfterRuns(compiled);
    }
    return found;
  }

  #compile(sized: SizedKernel): CompiledKernel {
    const kernel = this.gpu.createKernel(sources[sized.source].toString(), {
      output: [...sized.output],
      constants: { ...sized.constants },
      precision: "single",
      asyncMode: true,
    });
    return { kernel, tail: Promise.resolve(), ran: false };
  }

  #warnOfFallback(key: string, compiled: CompiledKernel): void {
    if (compiled.ran) return;
    compiled.ran = true;
    const { kernel } = compiled.kernel;
    const got = modeOf(kernel.constructor);
    const reason = kernel.fallbackReason ?? "gpu.js gave no reason";
    if (got !== this.mode) this.onFallback({ wanted: `${this.mode}: ${key}`, got, reason });
  }
}

async function destroyAfterRuns(compiled: CompiledKernel): Promise<void> {
  await compiled.tail;
  compiled.kernel.destroy();
}

/** The static `mode` of the class that actually ran. */
function modeOf(kernelClass: object): string {
  return "mode" in kernelClass && typeof kernelClass.mode === "string" ? kernelClass.mode : "unknown";
}

function flat(result: unknown, [width = 1, height]: readonly number[]): Float32Array {
  if (result instanceof Float32Array) return result;
  if (!Array.isArray(result) || height === undefined) throw new TypeError("gpu.js gave no array of rows");
  const out = new Float32Array(width * height);
  result.forEach((row: ArrayLike<number>, y) => {
    out.set(row, y * width);
  });
  return out;
}
