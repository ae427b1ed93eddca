/** The memory of this process, as its own thread that runs models reads it. */
import { InferenceSession } from "onnxruntime-node";
import { encodeModel } from "../../kernels/onnx-encoder.js";
import { providerNames } from "../provider-names.js";
import { probeMachine } from "../providers.js";

/** Absent unless the process was started with `--expose-gc`. */
const collect = (globalThis as { readonly gc?: () => void }).gc;
/** Bytes on the heap, and outside it and held by it, that are worth 10 ms of collecting. */
const collectBytesMin = 16 * 1_048_576;

export class MemoryGauge {
  private readonly peakKib: Int32Array;
  /** Bytes that the process holds without a version; undefined until the first is measured. */
  private began: number | undefined;
  private leftBytes = 0;

  constructor(peak: SharedArrayBuffer) {
    this.peakKib = new Int32Array(peak);
  }

  /** What the first session takes for all that come after it, 26 MB, is no version's. */
  async begin(): Promise<void> {
    if (this.began !== undefined) return;
    for (const provider of providerNames) await probeMachine(provider);
    const shape = ["m", "n"];
    const value = (name: string) => ({ name, elementType: 1, shape });
    const nodes = [{ operator: "Identity", inputs: ["x"], outputs: ["y"] }];
    const graph = encodeModel({ nodes, inputs: [value("x")], outputs: [value("y")] });
    const session = await InferenceSession.create(graph, {
      intraOpNumThreads: 1,
      executionProviders: ["cpu"],
    });
    await session.release();
    this.began = this.settled();
  }

  /** Bytes that are resident now. */
  get resident(): number {
    return process.memoryUsage.rss();
  }

  /** The same, without what only waits to be collected. */
  settled(): number {
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > collectBytesMin) collect?.();
    return this.resident;
  }

  /** Bytes that the process holds beyond what it began with, now that nothing is open in it. */
  leave(): number {
    if (this.began !== undefined) this.leftBytes = Math.max(0, this.settled() - this.began);
    return this.leftBytes;
  }

  /** What was left by what was open before: it may be used again, and does not show then. */
  get left(): number {
    return this.leftBytes;
  }

  /** From now on the peak is counted anew. */
  reset(): void {
    Atomics.store(this.peakKib, 0, 0);
  }

  /** Bytes that were resident at most since `reset`. */
  get peak(): number {
    return Math.max(this.resident, Atomics.load(this.peakKib, 0) * 1_024);
  }
}
