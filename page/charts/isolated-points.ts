/** Finds values that no line reaches, and that are therefore drawn as points. Pure. */

/**
 * @returns the places of values without a neighbour; null where there are none. The first sample of a page is one, and
 *   so is the latency of a second between two in which nothing was asked.
 */
export function isolatedPoints(values: ArrayLike<number | null | undefined>): number[] | null {
  const isolated: number[] = [];
  for (let i = 0; i < values.length; i++)
    if (isValue(values[i]) && !isValue(values[i - 1]) && !isValue(values[i + 1])) isolated.push(i);
  return isolated.length === 0 ? null : isolated;
}

function isValue(value: number | null | undefined): boolean {
  return value !== null && value !== undefined;
}
