/** How often the sides of a row of the numerics are measured. */

interface Rounds {
  readonly rounds: number;
  readonly ms: number;
  readonly roundsMax: number;
}

/** Rounds before the measured ones: a gateway serves for days, and its code is compiled only as it is used. */
export const warmupRounds: Rounds = { rounds: 3, ms: 500, roundsMax: 60 };
export const measuredRounds: Rounds = { rounds: 5, ms: 1_500, roundsMax: 40 };

/**
 * Runs the given number of rounds, and further ones up to `roundsMax` while less than `ms` milliseconds have passed.
 */
export async function repeat(
  ask: (round: number) => Promise<void>,
  { rounds, ms, roundsMax }: Rounds,
): Promise<void> {
  const started = performance.now();
  for (let round = 0; round < rounds || (round < roundsMax && performance.now() - started < ms); round++)
    await ask(round);
}
