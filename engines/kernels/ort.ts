/**
 * The kernels on ONNX Runtime's MLAS. Matrix products are graphs of one node with open dimensions; the other kernels
 * run in the compiled loops. A session is opened on first use and kept. MLAS reads the caller's arrays in place; only
 * results are copied.
 */

import { availableParallelism } from "node:os";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { unshared } from "../shared-memory.js";
import { distancesByLoops, nearestByLoops } from "./compiled/distances.js";
import { compiledColumnsMaximum, compiledGram, compiledScatter } from "./compiled/gram.js";
import { CompiledPoints } from "./compiled/points.js";
import { compiledRowProducts } from "./compiled/products.js";
import { gramLessMeans } from "./gram-less-means.js";
import type { Floats, Kernels, NearestCentres, Precision, Scatter } from "./kernels.js";
import { encodeModel } from "./onnx-encoder.js";
import { type GraphName, graphOf } from "./ort-graphs.js";
import { atZero, seenFrom } from "./plain-points.js";
import type { Origin, Points } from "./points.js";
import type { WorkReporter } from "./work-reporter.js";

export interface OrtOptions {
  /** The precision of matrix products; distances are always float64. Default FP64. */
  readonly precision?: Precision;
  /** Threads within one product. Default: the machine's parallelism. */
  readonly threads?: number;
}

export function createOrtKernels({ precision = "FP64", threads }: OrtOptions = {}): Kernels {
  return new OrtKernels(precision, threads ?? availableParallelism());
}

type Operand = readonly [data: Floats, rows: number, columns: number];

/**
 * Multiply-adds from which a product uses several threads: 500×500×500 took 3.3 ms on one idle core and 2.6 on two,
 * and 2520×500×500 took 18.2 and 8.5. On busy cores, waiting for the second thread costs more than it saves.
 */
const threadedWorkMinimum = 100_000_000;

/**
 * Multiply-adds up to which the compiled loops are faster: 63,000 took 16 µs against 29 for a call of ONNX Runtime, and
 * 200,000 took 46 µs in both. But that call comes back in a later turn of the event loop: the sixteen products of 190,000
 * at the start of an NMF took 0.2 ms less by the loops.
 */
const compiledWorkMaximum = 400_000;

class OrtKernels implements Kernels {
  readonly name = "ort";
  readonly mode = "cpu";
  readonly fallbacks = [];
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  constructor(
    readonly precision: Precision,
    private readonly threads: number,
  ) {}

  async gram(x: Floats, n: number, p: number): Promise<Floats> {
    if (this.precision === "FP64" && p <= compiledColumnsMaximum) return compiledGram(x, n, p, atZero(p));
    const out = await this.#run("transposedProduct", n * p * p, { a: [x, n, p], b: [x, n, p] });
    for (let j = 1; j < p; j++) for (let k = 0; k < j; k++) out[k * p + j] = out[j * p + k] as number;
    return out;
  }

  async centredGram(x: Floats, n: number, p: number, means: Origin): Promise<Floats> {
    if (this.precision === "FP64" && p <= compiledColumnsMaximum) return compiledGram(x, n, p, means);
    const less = this.precision === "FP64" ? gramLessMeans(await this.gram(x, n, p), means, n, p) : undefined;
    return less ?? this.gram(seenFrom(means, x, n, p), n, p);
  }

  readonly scatter = (x: Floats, n: number, p: number): Scatter | undefined =>
    this.precision === "FP64" && p <= compiledColumnsMaximum ? compiledScatter(x, n, p) : undefined;

  matmul(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats> {
    return this.#run("product", m * k * n, { a: [a, m, k], b: [b, k, n] });
  }

  async matmulTransposed(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats> {
    if (this.precision === "FP64" && m * k * n <= compiledWorkMaximum)
      return compiledRowProducts(a, b, m, k, n);
    return this.#run("productTransposed", m * k * n, { a: [a, m, k], b: [b, n, k] });
  }

  reflect(z: Floats, v: Floats, t: Floats, m: number, n: number, k: number): Promise<Floats> {
    return this.#run("reflection", 2 * m * n * k, { z: [z, m, n], v: [v, k, n], t: [t, k, k] });
  }

  squaredDistances(x: Floats, y: Floats, n: number, m: number, p: number): Promise<Floats> {
    return distancesByLoops(x, y, n, m, p);
  }

  nearestCentre(x: Floats, centres: Floats, n: number, k: number, p: number): Promise<NearestCentres> {
    return nearestByLoops(x, centres, n, k, p);
  }

  points(x: Floats, n: number, p: number, k: number, origin: Origin, reportWork?: WorkReporter): Points {
    return new CompiledPoints(x, n, p, k, origin, reportWork);
  }

  async destroy(): Promise<void> {
    const open = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of open) await (await session).release();
  }

  /** Runs a graph; an array that is passed as two inputs becomes one tensor. */
  async #run(name: GraphName, work: number, operands: Readonly<Record<string, Operand>>): Promise<Floats> {
    const session = await this.#session(name, work < threadedWorkMinimum ? 1 : this.threads);
    const tensors = new Map<Floats, OrtTensor>();
    const feeds: Record<string, OrtTensor> = {};
    for (const input in operands) {
      const operand = operands[input] as Operand;
      const tensor = tensors.get(operand[0]) ?? this.#tensor(operand);
      tensors.set(operand[0], tensor);
      feeds[input] = tensor;
    }
    const { out } = await session.run(feeds);
    return out?.data as Floats;
  }

  #session(name: GraphName, threads: number): Promise<InferenceSession> {
    const key = `${name} ${threads}`;
    const held = this.#sessions.get(key);
    if (held !== undefined) return held;
    const opened = InferenceSession.create(encodeModel(graphOf(name, this.precision)), {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      // Spinning while waiting would take a core from the socket thread and from small models.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
    this.#sessions.set(key, opened);
    return opened;
  }

  #tensor([data, rows, columns]: Operand): OrtTensor {
    const shape = [rows, columns];
    if (this.precision === "FP64")
      return new OrtTensor(
        "float64",
        data instanceof Float64Array ? unshared(data) : new Float64Array(data),
        shape,
      );
    return new OrtTensor(
      "float32",
      data instanceof Float32Array ? unshared(data) : new Float32Array(data),
      shape,
    );
  }
}
