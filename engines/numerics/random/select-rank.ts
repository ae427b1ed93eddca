/** Selection in place: what stands at a rank, without sorting the rest. Source: Hoare 1961, "Find". */

/** Reorders so that `values[at]` is what sorting would put there, none before it larger, none after smaller. */
export function selectRank(values: Float64Array, at: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = middleOfThree(values, low, high);
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const kept = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = kept;
    }
    if (at <= j) high = j;
    else if (at >= i) low = i;
    else return;
  }
}

function middleOfThree(values: Float64Array, low: number, high: number): number {
  const a = values[low] as number;
  const b = values[(low + high) >>> 1] as number;
  const c = values[high] as number;
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
