/** Runs up to a given number of tasks at the same time. */
export class InFlight {
  private readonly running = new Set<Promise<void>>();

  /** @param most the largest number of tasks, which may change while tasks run */
  constructor(private readonly most: () => number) {}

  get count(): number {
    return this.running.size;
  }

  /**
   * Starts the work when fewer than the maximum are running; resolves when it has started. The work must not reject.
   */
  async start(work: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.most()) await Promise.race(this.running);
    const running = work().finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Resolves when all started work is done. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }
}
