/** Waits for what another thread or the disk brings about: as long as the test may take. */

const lookMs = 25;

/** Calls again until it does not throw; the test's own timeout is the limit, and the last error is its reason. */
export async function until(holds: () => Promise<void>, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }
}
