/** Runs work one after another: each starts when the one before has ended, successfully or not. */
export class SerialQueue {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.tail.then(work);
    this.tail = done.catch(() => undefined);
    return done;
  }

  /** Settles once everything that was given so far has ended. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
