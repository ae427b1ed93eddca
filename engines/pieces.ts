/**
 * Work in pieces of a millisecond at most, which whoever runs it may spread over time: `yield` stands between two of
 * them. What it answers does not depend on how it is spread.
 */
export type Pieces<T> = Generator<undefined, T, undefined>;

/** Elements of an array that a loop of plain arithmetic passes in a piece: some hundred microseconds. */
export const pieceSize = 65_536;

/** All of it now. */
export function whole<T>(work: Pieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value as T;
  }
}
