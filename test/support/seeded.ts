/** Property tests with a fixed seed: every machine runs the same cases. */
import fc from "fast-check";

const seed = 8_470;

export function check<T>(property: fc.IProperty<T>, numRuns = 200): void {
  fc.assert(property, { seed, numRuns });
}

export function checkAsync<T>(property: fc.IAsyncProperty<T>, numRuns = 60): Promise<void> {
  return fc.assert(property, { seed, numRuns });
}
