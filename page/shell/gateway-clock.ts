/**
 * The gateway's time. A machine whose clock is an hour off would place every point of a chart an hour away: the page
 * shows the gateway's time, and says how far this machine's clock is from it. Pure.
 */

/** A difference below this is the way of a sample through the network. */
const noticeableMs = 2_000;

export class GatewayClock {
  /** The gateway's clock less this machine's, in milliseconds. */
  private differenceMs: number | undefined;

  constructor(private readonly machine: () => number) {}

  /** A sample came that the gateway made at this time. */
  heard(ts: number): void {
    const difference = ts - this.machine();
    const known = this.differenceMs;
    // The way of a sample only makes the difference smaller, so that the largest is nearest the truth. A clock that is
    // set anew shows as a difference that is far off.
    const isNew = known === undefined || difference > known || known - difference > noticeableMs;
    if (isNew) this.differenceMs = difference;
  }

  now(): number {
    return this.machine() + (this.isNoticeable ? (this.differenceMs ?? 0) : 0);
  }

  /** What to say of this machine's clock; undefined when it is right. */
  get problem(): string | undefined {
    const difference = this.differenceMs;
    if (difference === undefined || !this.isNoticeable) return undefined;
    const side = difference > 0 ? "behind" : "ahead of";
    return `This machine's clock is ${durationText(Math.abs(difference))} ${side} the gateway's; times here are the gateway's.`;
  }

  private get isNoticeable(): boolean {
    return Math.abs(this.differenceMs ?? 0) > noticeableMs;
  }
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  const hours = Math.round(seconds / 3_600);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
