/** Waits for an effect of another thread or of the disk. */

const lookMs = 25;

/** Calls `holds` again until it does not throw. At the time limit it fails with the last error. */
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
