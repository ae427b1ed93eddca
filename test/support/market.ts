/** A market whose regime is obvious: calm days of 0.01 and wild days of 3. */

const warmup = 40;

export const watching = {
  detector: "gaussian_hmm",
  parameters: { warmup, refit_every: 1_000_000, window: 1_000, enter_probability: 0.6, min_dwell: 1 },
};

/** The days of the market from `from` on: in the warmup ten calm and ten wild days in turn, then two and two. */
export function days(from: number, count: number): { readonly ts: number[]; readonly rows: number[][] } {
  const ts = Array.from({ length: count }, (_, i) => from + i);
  return { ts, rows: ts.map((day) => [sizeOn(day) * (day % 2 === 0 ? 1 : -1)]) };
}

function sizeOn(day: number): number {
  const wild = day < warmup ? Math.floor(day / 10) % 2 === 1 : Math.floor(day / 2) % 2 === 1;
  return (wild ? 3 : 0.01) * (1 + (day % 7) / 10);
}
