/**
 * Pauses between attempts to connect: a random time up to a bound that doubles with each attempt ("full jitter"), so
 * that clients that lost one gateway together do not come back together.
 */
export interface Backoff {
  /** Milliseconds of the first bound. */
  readonly firstMs: number;
  /** Milliseconds that the bound grows to. */
  readonly mostMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 500, mostMs: 20_000 };

/** @param attempt 0 for the first retry @param random in [0, 1) */
export function backoffMs({ firstMs, mostMs }: Backoff, attempt: number, random: number): number {
  return random * Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 30));
}
