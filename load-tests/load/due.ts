/** Performs actions at given times of a run, whether the earlier ones have ended or not. */

export interface Span {
  /** The start, on the clock of `performance.now()`. */
  readonly startAt: number;
  /** Answers before this many ms from the start are not recorded. */
  readonly warmupMs: number;
  readonly endMs: number;
}

/** Milliseconds from the start of a run. */
export const since = ({ startAt }: Span) => performance.now() - startAt;

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Resolves after the sockets were read. A timer alone does not ensure that: Node runs timers as long as any is due,
 * and when a check takes longer than the pause, the next timer is due at its end, so that no answer would ever be
 * read.
 */
const socketsRead = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Milliseconds between two checks for due actions: timers have no finer resolution. */
const lookMs = 1;

/**
 * Performs each action when it is due, until the end of the span. An action's time counts from when it was due, even
 * when the process was too busy to start it then, so that a stall is charged to every request it delayed and not only
 * to one.
 */
export async function whenDue(
  times: Iterator<number>,
  span: Span,
  act: (call: number, due: number) => void,
): Promise<void> {
  let next = times.next().value as number;
  for (let call = 0; next < span.endMs; ) {
    const now = since(span);
    for (; next <= now && next < span.endMs; next = times.next().value as number) act(call++, next);
    await pause(lookMs);
    await socketsRead();
  }
}
