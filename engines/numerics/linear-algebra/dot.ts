/** The inner product Σ a[at+i]·b[from+i] over n numbers, in four independent sums that the processor can overlap. */
export function dot(a: Float64Array, at: number, b: Float64Array, from: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const whole = n & ~3;
  for (let i = 0; i < whole; i += 4) {
    s0 += (a[at + i] as number) * (b[from + i] as number);
    s1 += (a[at + i + 1] as number) * (b[from + i + 1] as number);
    s2 += (a[at + i + 2] as number) * (b[from + i + 2] as number);
    s3 += (a[at + i + 3] as number) * (b[from + i + 3] as number);
  }
  for (let i = whole; i < n; i++) s0 += (a[at + i] as number) * (b[from + i] as number);
  return s0 + s1 + (s2 + s3);
}
