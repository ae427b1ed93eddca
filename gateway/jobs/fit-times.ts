/** How long the jobs of each trainer have taken lately: the newer count more. Pure. */

/** The expected milliseconds of a trainer that has not run yet. */
const unknownMs = 1_000;
/** The share of the newest in the mean. */
const newestShare = 0.3;

export class FitTimes {
  private readonly byTrainer = new Map<string, number>();

  expectedMs(trainer: string): number {
    return this.byTrainer.get(trainer) ?? unknownMs;
  }

  add(trainer: string, ms: number): void {
    const before = this.byTrainer.get(trainer);
    this.byTrainer.set(trainer, before === undefined ? ms : before + newestShare * (ms - before));
  }
}
