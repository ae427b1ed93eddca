/** When things are done in a run, whether what was done before has ended or not. */

export interface Span {
  /** On `performance.now()`. */
  readonly startAt: number;
  /** Answers before this many ms from the start are not recorded. */
  readonly warmupMs: number;
  readonly endMs: number;
}

/** Milliseconds from the start of a run. */
export const since = ({ startAt }: Span) => performance.now() - startAt;

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * After what the sockets have brought. A timer alone is not: Node runs timers for as long as any is due, and a look
 * that takes longer than the pause has the next one due at its end, so that no answer would ever be read.
 */
const socketsRead = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Milliseconds between two looks at what is due: a timer is no finer. */
const lookMs = 1;

/**
 * Does what is due, until the end. A thing's time counts from when it was due, though the process was too busy to do
 * it, so that a stall is charged to everything it held up and not to one.
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
