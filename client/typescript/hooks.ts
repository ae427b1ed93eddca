/** Functions of the user that the client calls: one that throws is logged, and stops nothing. */
export function callHook<T>(hook: ((what: T) => unknown) | undefined, what: T): void {
  if (hook === undefined) return;
  try {
    const result = hook(what);
    if (result instanceof Promise) result.catch(logFailure); // else Node would end the process
  } catch (error) {
    logFailure(error);
  }
}

function logFailure(error: unknown): void {
  console.error("headgate: a hook failed:", error);
}
