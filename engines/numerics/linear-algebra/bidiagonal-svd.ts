/**
 * Singular values and right singular vectors of an upper bidiagonal matrix by divide and conquer: the parts above and
 * below a middle row are solved separately and joined through the secular equation of the squared singular values, so
 * that nearly all the work is matrix products. The join needs only the right singular vectors, so no left ones are
 * computed. Each vector is a row. Source: Gu and Eisenstat 1995 (LAPACK's dbdsdc, dlasd1 to dlasd4).
 */
import { compiledSecularSingular } from "../../kernels/compiled/secular.js";
import { ignoreWork, type Kernels, type WorkReporter } from "../../kernels/index.js";
import { ascending, inFirst, inSecond, type Poles, pick, pickRows, products } from "./joined-halves.js";
import { rotate } from "./plane-rotations.js";
import { rightSvd } from "./svd.js";

export interface BidiagonalSvd {
  /** [n] the singular values, ascending. */
  readonly values: Float64Array;
  /** [count,columns] one unit vector a row: the right singular vectors of the `count` largest values. */
  readonly vectors: Float64Array;
}

/**
 * The decomposition of a part of the matrix. A part with one column more than it has rows maps one unit vector to
 * zero.
 */
interface Part extends BidiagonalSvd {
  /** [columns] the unit vector that the part maps to zero; null where the part has as many columns as rows. */
  readonly kernel: Float64Array | null;
}

/** Parts of up to this many rows are solved by Jacobi rotations, which are faster at that size. */
const leafMaximum = 20;

/** A pole or an element of z below this changes nothing in a matrix whose elements are about 1. */
const floor = Number.EPSILON / 16;

/**
 * Computes all singular values and the right singular vectors of the `count` largest.
 * @param diagonal [n] of a matrix whose largest element is about 1
 * @param above [n] element i is to the right of diagonal element i; the last is not read
 * @param kernels a float64 backend
 * @param count the number of vectors to compute
 */
export async function bidiagonalRightSvd(
  diagonal: Float64Array,
  above: Float64Array,
  kernels: Kernels,
  count: number,
  reportWork: WorkReporter = ignoreWork,
): Promise<BidiagonalSvd> {
  const solve = async (from: number, n: number, extra: 0 | 1, wanted: number): Promise<Part> => {
    if (n <= leafMaximum) return leaf(diagonal, above, from, n, extra, wanted, reportWork);
    const rows = (n - 1) >>> 1;
    const middle = from + rows;
    const first = await solve(from, rows, 1, rows);
    const rest = n - rows - 1;
    const second = await solve(middle + 1, rest, extra, rest);
    const poles = joinedPoles(first, second, diagonal[middle] as number, above[middle] as number);
    return join(poles, first.vectors.length / rows, kernels, wanted, reportWork);
  };
  return solve(0, diagonal.length, 0, count);
}

function leaf(
  diagonal: Float64Array,
  above: Float64Array,
  from: number,
  n: number,
  extra: 0 | 1,
  count: number,
  reportWork: WorkReporter,
): Part {
  const size = n + extra; // a row of zeros makes the part square; its right singular vector is the kernel
  const square = new Float64Array(size * size);
  for (let i = 0; i < n; i++) {
    square[i * size + i] = diagonal[from + i] as number;
    if (i + 1 < size) square[i * size + i + 1] = above[from + i] as number;
  }
  const { singularValues, vectors } = rightSvd(square, size, size, reportWork);
  const order = Int32Array.from({ length: count }, (_, i) => count - 1 - i);
  return {
    values: singularValues.slice(0, n).reverse(),
    vectors: pickRows(vectors, size, order),
    kernel: extra === 1 ? vectors.slice(n * size) : null,
  };
}

interface JoinedPoles extends Poles {
  readonly kernel: Float64Array | null;
}

/**
 * The middle row and the two solved parts in the coordinates of the parts' right singular vectors: a matrix with z in
 * its first row and the parts' singular values on the diagonal below. The first pole is 0; its vector is the one that
 * the first part maps to zero.
 */
function joinedPoles(first: Part, second: Part, along: number, across: number): JoinedPoles {
  const [rows, rest] = [first.values.length, second.values.length];
  const cut = rows + 1;
  const width = second.vectors.length / rest;
  const columns = cut + width;
  const n = cut + rest;
  const found = Float64Array.from([...first.values, ...second.values]);
  const order = ascending(found);
  const poles = {
    values: Float64Array.from([0, ...pick(found, order)]),
    z: new Float64Array(n),
    rows: new Float64Array(n * columns),
    halves: new Uint8Array(n),
  };
  order.forEach((from, i) => {
    const to = i + 1;
    const upper = from < rows;
    const row = upper
      ? first.vectors.subarray(from * cut, from * cut + cut)
      : second.vectors.subarray((from - rows) * width, (from - rows) * width + width);
    poles.rows.set(row, to * columns + (upper ? 0 : cut));
    poles.z[to] = upper ? along * (row[cut - 1] as number) : across * (row[0] as number);
    poles.halves[to] = upper ? inFirst : inSecond;
  });
  const kernel = first.kernel as Float64Array;
  poles.rows.set(kernel, 0);
  poles.z[0] = along * (kernel[cut - 1] as number);
  poles.halves[0] = inFirst;
  return { ...poles, kernel: second.kernel === null ? null : mixKernels(poles, second.kernel, across, cut) };
}

/**
 * Rotates the kernels of both parts so that z is zero along one of them. That one is returned: the joined matrix maps
 * it to zero.
 */
function mixKernels({ z, rows, halves }: Poles, second: Float64Array, across: number, cut: number) {
  const columns = cut + second.length;
  const mine = z[0] as number;
  const other = across * (second[0] as number);
  const length = Math.hypot(mine, other);
  const pair = new Float64Array(2 * columns);
  pair.set(rows.subarray(0, cut));
  pair.set(second, columns + cut);
  if (length > 0) {
    rotate(pair, 0, columns, columns, mine / length, -other / length);
    z[0] = length;
    halves[0] = inFirst | inSecond;
  }
  rows.set(pair.subarray(0, columns));
  return pair.slice(columns);
}

async function join(
  poles: JoinedPoles,
  cut: number,
  kernels: Kernels,
  count: number,
  reportWork: WorkReporter,
): Promise<Part> {
  const n = poles.values.length;
  const columns = poles.rows.length / n;
  const kept = deflate(poles, columns);
  const deflated = new Uint8Array(n).fill(1);
  for (const at of kept) deflated[at] = 0;
  const rest = Int32Array.from(deflated.keys()).filter((at) => deflated[at] === 1);
  const size = kept.length;
  const found = compiledSecularSingular(pick(poles.values, kept), pick(poles.z, kept), size, reportWork);
  const all = Float64Array.from([...found.values, ...pick(poles.values, rest)]);
  const order = ascending(all);
  const wanted = order.subarray(n - count);
  // Only the vectors that the caller asked for are computed; in the last join they may be few.
  const roots = wanted.filter((at) => at < size);
  const turned = pickRows(found.vectors, size, roots);
  const joined = await products(turned, roots.length, kept, poles, cut, kernels);
  const vectors = new Float64Array(count * columns);
  let next = 0;
  wanted.forEach((at, to) => {
    const source = at < size ? joined : poles.rows;
    const row = at < size ? next++ : (rest[at - size] as number);
    vectors.set(source.subarray(row * columns, row * columns + columns), to * columns);
  });
  return { values: pick(all, order), vectors, kernel: poles.kernel };
}

/**
 * Returns the indices of the poles that remain in the secular equation, ascending. A pole whose element of z is
 * negligible is a singular value already. Of two poles that are equal but for their last digits, a rotation makes
 * one's element of z zero. The pole 0 always remains. Writes the rotations into `poles`.
 */
function deflate({ values, z, rows, halves }: Poles, columns: number): Int32Array {
  const n = values.length;
  let largest = values[n - 1] as number;
  for (const weight of z) largest = Math.max(largest, Math.abs(weight));
  const negligible = Math.max(floor, Number.EPSILON * largest);
  const kept = [0];
  for (let at = 1; at < n; at++) {
    if (Math.abs(z[at] as number) <= negligible) continue;
    const before = kept.at(-1) as number;
    if ((values[at] as number) - (values[before] as number) > negligible) {
      kept.push(at);
      continue;
    }
    const [out, stays] = before === 0 ? [at, 0] : [before, at];
    const length = Math.hypot(z[out] as number, z[stays] as number);
    rotate(
      rows,
      out * columns,
      stays * columns,
      columns,
      (z[stays] as number) / length,
      (z[out] as number) / length,
    );
    z[out] = 0;
    z[stays] = length;
    halves[stays] = (halves[stays] as number) | (halves[out] as number);
    halves[out] = halves[stays] as number;
    if (out === before) kept[kept.length - 1] = at;
  }
  if (Math.abs(z[0] as number) <= negligible) z[0] = negligible;
  return Int32Array.from(kept);
}
