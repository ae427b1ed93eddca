/** Keeps several requests in flight, and no more than that. */
export class InFlight {
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly most: number) {}

  /** Starts work as soon as there is room; settles when it has started. The work must not reject. */
  async start(work: () => Promise<void>): Promise<void> {
    while (this.running.size >= this.most) await Promise.race(this.running);
    const running = work().finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Settles when all of it is done. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }
}
