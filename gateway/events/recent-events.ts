/**
 * The newest events published to a subscription that is still catching up. A read of the log may take so long that
 * others are logged meanwhile; those in here need no further read. Their number is bounded: a subscription that is
 * further behind reads the log again.
 */
import type { EventFrame } from "../../protocol/frames.js";
import type { SharedFrame } from "../../protocol/shared-frame.js";

export class RecentEvents {
  private events: SharedFrame<EventFrame>[] = [];
  /** Index of the oldest event that is kept: removing one moves an index instead of all the others. */
  private first = 0;

  /**
   * @param start the place after which every event is added here
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

  /** Whether every published event after this place is kept here. */
  holdsAfter(place: number): boolean {
    return place >= this.start;
  }

  /** The events after a place; the events up to it are removed. */
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
