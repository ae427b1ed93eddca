/**
 * The compiled loops and their memory. WebAssembly can only read its own memory, so a job copies its arrays there:
 * they are views of an arena, and their byte offsets are the pointers.
 */
import { loopsWasm } from "./loops.wasm.js";
import { Instance, Memory, Module, type WebAssemblyMemory } from "./web-assembly.js";

type Pointer = number;

/** The functions of the .c files in this folder, where they are documented. */
export interface CompiledLoops {
  tridiagonalise(
    a: Pointer,
    n: number,
    from: number,
    to: number,
    diagonal: Pointer,
    off: Pointer,
    betas: Pointer,
    work: Pointer,
  ): void;
  transposed_basis(a: Pointer, betas: Pointer, rows: Pointer, n: number): void;
  ql_iterate(d: Pointer, e: Pointer, rows: Pointer, n: number): number;
  secular_roots(
    d: Pointer,
    z: Pointer,
    rho: number,
    squared: number,
    k: number,
    from: number,
    to: number,
    values: Pointer,
    apart: Pointer,
    work: Pointer,
  ): void;
  secular_weights(
    d: Pointer,
    squared: number,
    k: number,
    from: number,
    to: number,
    apart: Pointer,
    nearby: Pointer,
  ): void;
  secular_vectors(
    z: Pointer,
    k: number,
    from: number,
    to: number,
    apart: Pointer,
    nearby: Pointer,
    out: Pointer,
  ): void;
  bidiagonalise(
    a: Pointer,
    m: number,
    n: number,
    from: number,
    to: number,
    diagonal: Pointer,
    above: Pointer,
    betas: Pointer,
    work: Pointer,
  ): void;
  triangularise_rows(
    a: Pointer,
    length: number,
    from: number,
    to: number,
    diagonal: Pointer,
    betas: Pointer,
  ): void;
  cholesky(a: Pointer, n: number, from: number, to: number): number;
  invert_lower(l: Pointer, out: Pointer, n: number, from: number, to: number): void;
  centre_points(x: Pointer, n: number, p: number, base: Pointer, rest: Pointer): number;
  squared_distances(
    x: Pointer,
    y: Pointer,
    n: number,
    m: number,
    p: number,
    out: Pointer,
    sums: Pointer,
  ): void;
  approach(
    x: Pointer,
    y: Pointer,
    yt: Pointer,
    n: number,
    m: number,
    p: number,
    closest: Pointer,
    out: Pointer,
    sums: Pointer,
  ): void;
  approach_screened(
    x: Pointer,
    y: Pointer,
    xf: Pointer,
    norms: Pointer,
    yf: Pointer,
    n: number,
    m: number,
    p: number,
    scale: number,
    closest: Pointer,
    nearest: Pointer,
    quarters: Pointer,
    out: Pointer,
    sums: Pointer,
  ): void;
  own_distances(x: Pointer, centres: Pointer, labels: Pointer, n: number, p: number, out: Pointer): void;
  pack_points(x: Pointer, n: number, p: number, scale: number, xf: Pointer, norms: Pointer): number;
  assign(
    x: Pointer,
    ct: Pointer,
    xf: Pointer,
    norms: Pointer,
    cf: Pointer,
    n: number,
    k: number,
    kp: number,
    p: number,
    labels: Pointer,
    sums: Pointer,
    counts: Pointer,
    row: Pointer,
    centres: Pointer,
    likely: Pointer,
    gaps: Pointer,
  ): number;
  add_scatter(
    rows: Pointer,
    n: number,
    p: number,
    base: Pointer,
    rest: Pointer,
    columns: Pointer,
    gram: Pointer,
    sums: Pointer,
  ): void;
  row_products(a: Pointer, x: Pointer, k: number, m: number, q: number, out: Pointer, stride: number): void;
  descend(
    factor: Pointer,
    m: number,
    k: number,
    order: Pointer,
    gram: Pointer,
    cross: Pointer,
    l1: number,
    l2: number,
  ): number;
}

interface LoopExports extends CompiledLoops {
  readonly __heap_base: { readonly value: number };
}

const pageBytes = 65_536;
/** WebAssembly addresses 4 GiB; a message can carry far less. */
const pagesMaximum = 65_536;

/** A released memory up to this size is kept for the next job: fresh pages cost 0.2 ms per MiB. */
const spareBytesMaximum = 64 * 1024 * 1024;

let compiled: object | undefined;
let spare: Arena | undefined;

/** A memory for the arrays of one job, with the loops over it. The memory is uninitialised. */
export class Arena {
  readonly loops: CompiledLoops;
  readonly #memory: WebAssemblyMemory;
  readonly #heapBase: number;
  #at: number;

  private constructor(bytes: number) {
    compiled ??= new Module(Buffer.from(loopsWasm, "base64"));
    this.#memory = new Memory({ initial: Math.ceil(bytes / pageBytes) });
    const { exports } = new Instance<LoopExports>(compiled, { env: { memory: this.#memory } });
    this.loops = exports;
    this.#heapBase = exports.__heap_base.value;
    this.#at = this.#heapBase;
  }

  /**
   * Borrows a memory for this number of float64 numbers in this number of arrays.
   * @throws RangeError when the memory cannot be allocated
   */
  static borrow(floats: number, arrays: number): Arena {
    const bytes = floats * 8 + arrays * 16 + 2 * pageBytes; // the module's stack and data take up to two pages
    if (bytes > pagesMaximum * pageBytes)
      throw new RangeError(`${floats} numbers are too many for one memory`);
    const held = spare;
    if (held === undefined || held.#memory.buffer.byteLength < bytes) return new Arena(bytes);
    spare = undefined;
    held.#at = held.#heapBase;
    return held;
  }

  /** Releases the memory: its arrays must not be used any more. */
  release(): void {
    const kept = spare === undefined ? 0 : spare.#memory.buffer.byteLength;
    const size = this.#memory.buffer.byteLength;
    if (size <= spareBytesMaximum && size >= kept) spare = this;
  }

  floats(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#memory.buffer, this.#take(length * 8), length);
  }

  singles(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, this.#take(length * 4), length);
  }

  integers(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, this.#take(length * 4), length);
  }

  #take(bytes: number): number {
    const from = this.#at;
    this.#at += Math.ceil(bytes / 16) * 16;
    return from;
  }
}
