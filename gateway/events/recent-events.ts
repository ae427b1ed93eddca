/**
 * The newest events of a subscription that still catches up, as they were told: a read of the log may take so long that
 * others are logged meanwhile, and these need no further read. Bounded: who falls further behind reads the log again.
 */
import type { EventFrame } from "../../protocol/frames.js";
import type { SharedFrame } from "../../protocol/shared-frame.js";

export class RecentEvents {
  private events: SharedFrame<EventFrame>[] = [];
  /** Index of the oldest that is kept: letting go of one moves an index, not all the others. */
  private first = 0;

  /**
   * @param start where it begins: every event after it is added
   * @param countMax events kept
   * @param placeOf an event's place in the order that is counted in: its offset, or its position
   */
  constructor(
    private start: number,
    private readonly countMax: number,
    private readonly placeOf: (event: EventFrame) => number,
  ) {}

  add(event: SharedFrame<EventFrame>): void {
    this.events.push(event);
    if (this.events.length - this.first > this.countMax) this.forget();
  }

  /** Whether every event after this place that was told is here. */
  holdsAfter(place: number): boolean {
    return place >= this.start;
  }

  /** Those after a place; what lies before it is let go. */
  after(place: number): readonly SharedFrame<EventFrame>[] {
    for (let oldest = this.events[this.first]; oldest !== undefined; oldest = this.events[this.first]) {
      if (this.placeOf(oldest.frame) > place) break;
      this.forget();
    }
    return this.events.slice(this.first);
  }

  private forget(): void {
    const oldest = this.events[this.first];
    if (oldest === undefined) return;
    this.start = this.placeOf(oldest.frame);
    this.first++;
    if (this.first <= this.countMax) return;
    this.events = this.events.slice(this.first);
    this.first = 0;
  }
}
