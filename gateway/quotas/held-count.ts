/** How much of something a tenant holds at a time, such as connections, and how much it may hold. Pure. */
export class HeldCount {
  private amount = 0;

  constructor(readonly max: number) {}

  get held(): number {
    return this.amount;
  }

  hasRoomFor(more: number): boolean {
    return this.amount + more <= this.max;
  }

  /** Counts more, whether there is room for it or not. */
  add(more: number): void {
    this.amount += more;
  }

  release(amount: number): void {
    this.amount -= amount;
  }
}
