/**
 * A learning curve of a bounded number of points. When there are too many, every second one is left out, and from
 * then on only every second of those that come is taken: the points stay evenly spread over the whole fit. Pure.
 */
import type { CurvePoint } from "../../protocol/train-frames.js";

export class LearningCurve {
  private kept: CurvePoint[] = [];
  /** The newest point, which is shown whether or not it is kept. */
  private newest: CurvePoint | undefined;
  private added = 0;
  /** One point in so many is kept. */
  private stride = 1;

  /** @param pointsMax an even number of at least 2 */
  constructor(private readonly pointsMax: number) {}

  add(point: CurvePoint): void {
    this.newest = point;
    if (this.added++ % this.stride !== 0) return;
    this.kept.push(point);
    if (this.kept.length < this.pointsMax) return;
    this.kept = this.kept.filter((_, i) => i % 2 === 0);
    this.stride *= 2;
  }

  points(): readonly CurvePoint[] {
    const { kept, newest } = this;
    return newest === undefined || kept.at(-1) === newest ? [...kept] : [...kept, newest];
  }
}
