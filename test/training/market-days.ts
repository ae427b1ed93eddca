/** A table to train on, made of a seed: columns on several scales, values between which trees split, and two targets. */
import { tensor } from "../../client/typescript/index.js";

export interface Days {
  readonly X: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** 0, 1 and 2: down, flat and up. */
  readonly move: BigInt64Array;
  readonly change: Float64Array;
}

const scales = [1, 10, 1e4, 0.1, 1];

/** Park and Miller's generator: the same numbers on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export function days(rows: number, seed = 1): Days {
  const random = generator(seed);
  const columns = scales.length;
  const X = new Float64Array(rows * columns);
  const change = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    scales.forEach((scale, column) => {
      X[row * columns + column] = Math.round((random() * 2 - 1) * scale * 100) / 100;
    });
    const at = (column: number) => X[row * columns + column] ?? 0;
    change[row] = at(0) + Math.tanh(at(4) * 3) - at(1) / 20 + random() / 4;
  }
  const move = BigInt64Array.from(change, (value) => BigInt(value < -0.4 ? 0 : value < 0.5 ? 1 : 2));
  return { X, rows, columns, move, change };
}

export const XOf = ({ X, rows, columns }: Days) => tensor(X, [rows, columns]);
export const moveOf = ({ move, rows }: Days) => tensor(move, [rows]);
export const changeOf = ({ change, rows }: Days) => tensor(change, [rows]);
