/** Property tests with a fixed seed: the same runs on every machine. */
import fc from "fast-check";

const seed = 8_470;

export function check<T>(property: fc.IProperty<T>, numRuns = 200): void {
  fc.assert(property, { seed, numRuns });
}

export function checkAsync<T>(property: fc.IAsyncProperty<T>, numRuns = 60): Promise<void> {
  return fc.assert(property, { seed, numRuns });
}
