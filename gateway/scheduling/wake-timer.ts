/** A single timer for the earliest time at which a batch may become ready. */
import type { Clock } from "../clock.js";

export class WakeTimer {
  private armedFor = Infinity;
  private disarm: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  at(time: number): void {
    if (time >= this.armedFor) return;
    this.disarm();
    this.armedFor = time;
    this.disarm = this.clock.after(Math.max(0, time - this.clock.now()), () => {
      this.armedFor = Infinity;
      this.ring();
    });
  }
}
