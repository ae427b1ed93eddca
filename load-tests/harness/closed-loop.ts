/** A closed loop: each lane sends a request, waits for the answer and sends the next one, until the time is over. */

export interface ClosedLoopOptions {
  readonly lanes: number;
  readonly durationMs: number;
}

/** Answers a second. `ask` is called with a number that differs at each call. */
export async function askRate(
  load: ClosedLoopOptions,
  ask: (call: number, lane: number) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  const until = started + load.durationMs;
  let calls = 0;
  let answers = 0;
  const lane = async (index: number) => {
    while (performance.now() < until) {
      await ask(calls++, index);
      answers++;
    }
  };
  await Promise.all(Array.from({ length: load.lanes }, (_, index) => lane(index)));
  return answers / ((performance.now() - started) / 1_000);
}

/** The milliseconds of each of `count` calls, made one after another. */
export async function askTimes(count: number, ask: (call: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const started = performance.now();
    await ask(call);
    times.push(performance.now() - started);
  }
  return times;
}
