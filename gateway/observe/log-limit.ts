/**
 * Keeps a flood out of the log: of lines of one kind the first is told at once, and then one each ten seconds with the
 * number of those in between.
 */
import type { Clock } from "../clock.js";

const everyMs = 10_000;

interface LimitedLog {
  writtenAt: number;
  suppressed: number;
  /** Writes the latest, with the number of those it stands for. */
  latest: ((count: number) => void) | undefined;
}

export class LogLimit {
  private readonly kinds = new Map<string, LimitedLog>();

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /** @param kind one of a few, never something that a client chose */
  report(kind: string, write: (count: number) => void): void {
    const now = this.clock.now();
    const known = this.kinds.get(kind);
    if (known === undefined) {
      this.kinds.set(kind, { writtenAt: now, suppressed: 0, latest: undefined });
      return write(1);
    }
    known.suppressed++;
    known.latest = write;
    this.flushKind(known, now);
  }

  /** Called now and then, so that what a flood held back is told when it is over too. */
  flush(): void {
    const now = this.clock.now();
    for (const [kind, known] of this.kinds) {
      this.flushKind(known, now);
      if (known.suppressed === 0 && now - known.writtenAt >= everyMs) this.kinds.delete(kind);
    }
  }

  private flushKind(kind: LimitedLog, now: number): void {
    if (kind.latest === undefined || now - kind.writtenAt < everyMs) return;
    const { latest, suppressed: held } = kind;
    kind.writtenAt = now;
    kind.suppressed = 0;
    kind.latest = undefined;
    latest(held);
  }
}
