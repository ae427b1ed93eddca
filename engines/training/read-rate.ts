/** How much is read from a process in a second. Beyond it the gateway stops reading, and the process has to wait. */
export class ReadRate {
  private secondBegan: number;
  private amount = 0;

  /**
   * @param most in a second
   * @param now milliseconds on a monotonic clock
   */
  constructor(
    private readonly most: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.secondBegan = now();
  }

  /** Counts what was read; answers for how many milliseconds nothing more is to be read. */
  add(amount: number): number {
    const passed = this.now() - this.secondBegan;
    if (passed >= 1_000) {
      this.secondBegan += passed;
      this.amount = 0;
      return this.count(amount, 1_000);
    }
    return this.count(amount, 1_000 - passed);
  }

  private count(amount: number, left: number): number {
    this.amount += amount;
    return this.amount < this.most ? 0 : left;
  }
}
