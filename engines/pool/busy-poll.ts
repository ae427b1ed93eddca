/**
 * Keeps a thread's event loop turning for a moment instead of letting it sleep. On a virtual machine to wake a
 * sleeping core takes the one who wakes it 40 to 90 us, and as long again until it runs: more than a small model takes.
 */
export class BusyPoll {
  private until = 0;
  private turning = false;

  /** @param ms how long to keep polling after the last work */
  constructor(private readonly ms: number) {}

  /** Work arrived: keeps polling, because more may follow. */
  stay(): void {
    if (this.ms === 0) return;
    this.until = performance.now() + this.ms;
    if (this.turning) return;
    this.turning = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    if (performance.now() < this.until) setImmediate(this.turn);
    else this.turning = false;
  };
}
