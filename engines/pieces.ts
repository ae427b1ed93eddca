/**
 * Work in pieces of at most a millisecond, which the caller may spread over time: the generator yields between
 * pieces. The result does not depend on the pauses.
 */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Elements of an array that a loop of plain arithmetic processes in one piece: some hundred microseconds. */
export const pieceSize = 65_536;

/** Runs all pieces without a pause. */
export function whole<T>(work: Pieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value as T;
  }
}
