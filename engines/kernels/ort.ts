/**
 * The kernels on ONNX Runtime's MLAS: matrix products are graphs of one node, of any size; what no product
 * expresses runs in the compiled loops. Sessions are opened when first asked for and kept. MLAS reads the
 * caller's arrays where they lie; only results are copied.
 */
import { availableParallelism } from "node:os";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { CompiledPoints, nearestByLoops } from "./compiled/points.js";
import type { Floats, Kernels, Nearest, Precision } from "./kernels.js";
import { elementTypes, encodeModel } from "./onnx-encoder.js";
import type { Points } from "./points.js";

export interface OrtOptions {
  /** What products are computed in; distances are float64 always. Default FP64. */
  readonly precision?: Precision;
  /** Threads inside one product. Default: as many as the machine has. */
  readonly threads?: number;
}

export function createOrtKernels({ precision = "FP64", threads }: OrtOptions = {}): Kernels {
  return new OrtKernels(precision, threads ?? availableParallelism());
}

/** AB, AᵀB and ABᵀ, as the node that computes each. */
const products = {
  plain: { operator: "MatMul", shapes: [["m", "k"], ["k", "n"]], attributes: {} }, // biome-ignore format: one a line
  transA: { operator: "Gemm", shapes: [["k", "m"], ["k", "n"]], attributes: { transA: 1 } }, // biome-ignore format: one a line
  transB: { operator: "Gemm", shapes: [["m", "k"], ["n", "k"]], attributes: { transB: 1 } }, // biome-ignore format: one a line
} as const;

type ProductName = keyof typeof products;
type Operand = readonly [data: Floats, rows: number, columns: number];

class OrtKernels implements Kernels {
  readonly name = "ort";
  readonly mode = "cpu";
  readonly fallbacks = [];
  readonly #sessions = new Map<ProductName, Promise<InferenceSession>>();

  constructor(
    readonly precision: Precision,
    private readonly threads: number,
  ) {}

  async gram(x: Floats, n: number, p: number): Promise<Floats> {
    const out = await this.#product("transA", [x, n, p], [x, n, p]);
    for (let j = 1; j < p; j++) for (let k = 0; k < j; k++) out[k * p + j] = out[j * p + k] as number;
    return out;
  }

  matmul(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats> {
    return this.#product("plain", [a, m, k], [b, k, n]);
  }

  matmulTransposed(a: Floats, b: Floats, m: number, k: number, n: number): Promise<Floats> {
    return this.#product("transB", [a, m, k], [b, n, k]);
  }

  squaredDistances(x: Floats, y: Floats, n: number, m: number, p: number): Promise<Floats> {
    return new CompiledPoints(y, m, p, 1).squaredDistances(x, n);
  }

  nearestCentre(x: Floats, centres: Floats, n: number, k: number, p: number): Promise<Nearest> {
    return nearestByLoops(x, centres, n, k, p);
  }

  points(x: Float64Array, n: number, p: number, k: number): Points {
    return new CompiledPoints(x, n, p, k);
  }

  async destroy(): Promise<void> {
    const open = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of open) await (await session).release();
  }

  async #product(name: ProductName, a: Operand, b: Operand): Promise<Floats> {
    const session = await this.#session(name);
    const left = this.#tensor(a);
    const { c } = await session.run({ a: left, b: b[0] === a[0] ? left : this.#tensor(b) });
    return c?.data as Floats;
  }

  #session(name: ProductName): Promise<InferenceSession> {
    const held = this.#sessions.get(name);
    if (held !== undefined) return held;
    const opened = openProduct(name, this.precision, this.threads);
    this.#sessions.set(name, opened);
    return opened;
  }

  #tensor([data, rows, columns]: Operand): OrtTensor {
    const shape = [rows, columns];
    if (this.precision === "FP64")
      return new OrtTensor("float64", data instanceof Float64Array ? data : new Float64Array(data), shape);
    return new OrtTensor("float32", data instanceof Float32Array ? data : new Float32Array(data), shape);
  }
}

function openProduct(name: ProductName, precision: Precision, threads: number): Promise<InferenceSession> {
  const { operator, shapes, attributes } = products[name];
  const elementType = elementTypes[precision];
  const model = encodeModel({
    nodes: [{ operator, inputs: ["a", "b"], outputs: ["c"], attributes }],
    inputs: [
      { name: "a", elementType, shape: shapes[0] },
      { name: "b", elementType, shape: shapes[1] },
    ],
    outputs: [{ name: "c", elementType, shape: ["m", "n"] }],
  });
  return InferenceSession.create(model, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}
