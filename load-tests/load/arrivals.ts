/**
 * The times at which the requests of an open loop are due. Pure and seeded: the times do not depend on the answers.
 */
import type { GroupOf } from "./scenario.js";

export type Timing = Pick<GroupOf<"open">, "rate" | "arrivals" | "burst_period_ms">;

/** The milliseconds from the start at which each next request is due; an endless sequence. */
export function* arrivals(
  { rate, arrivals: kind, burst_period_ms }: Timing,
  seed: number,
): Generator<number> {
  if (kind === "burst") return yield* bursts(rate, burst_period_ms);
  const gapMs = 1_000 / rate;
  const random = uniform(seed);
  for (let due = 0; ; due += kind === "even" ? gapMs : -Math.log(1 - random()) * gapMs) yield due;
}

function* bursts(rate: number, periodMs: number): Generator<number> {
  const each = Math.max(1, Math.round((rate * periodMs) / 1_000));
  for (let start = 0; ; start += periodMs) for (let i = 0; i < each; i++) yield start;
}

/** Uniform numbers in [0, 1). Source: Mulberry32, Tommy Ettinger, public domain. */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
