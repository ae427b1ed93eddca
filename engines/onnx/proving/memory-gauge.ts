/** Measures this process's memory, from the thread that runs models. */
import { InferenceSession } from "onnxruntime-node";
import { encodeModel } from "../../kernels/onnx-encoder.js";
import { providerNames } from "../provider-names.js";
import { probeMachine } from "../providers.js";

/** Absent unless the process was started with `--expose-gc`. */
const collect = (globalThis as { readonly gc?: () => void }).gc;
/** Bytes of garbage, on the heap and outside it, from which a collection of 10 ms is worthwhile. */
const collectBytesMin = 16 * 1_048_576;

export class MemoryGauge {
  private readonly peakKib: Int32Array;
  /** Bytes that the process had before the first measurement; undefined until then. */
  private began: number | undefined;
  private leftBytes = 0;

  constructor(peak: SharedArrayBuffer) {
    this.peakKib = new Int32Array(peak);
  }

  /**
   * Opens one session first, because ONNX Runtime allocates 26 MB once for all sessions, which belong to no version.
   */
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

  /** Resident bytes of the process. */
  get resident(): number {
    return process.memoryUsage.rss();
  }

  /** Resident bytes after garbage was collected. */
  settled(): number {
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > collectBytesMin) collect?.();
    return this.resident;
  }

  /** Records the bytes that the process holds beyond its initial ones while no version is open in it. */
  leave(): number {
    if (this.began !== undefined) this.leftBytes = Math.max(0, this.settled() - this.began);
    return this.leftBytes;
  }

  /**
   * Bytes that earlier versions left allocated: a later version may reuse them, and then they are missing from its
   * measurement.
   */
  get left(): number {
    return this.leftBytes;
  }

  /** Resets the peak. */
  reset(): void {
    Atomics.store(this.peakKib, 0, 0);
  }

  /** The most resident bytes since `reset`. */
  get peak(): number {
    return Math.max(this.resident, Atomics.load(this.peakKib, 0) * 1_024);
  }
}
