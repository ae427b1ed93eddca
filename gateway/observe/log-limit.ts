/**
 * Limits repeated log lines: of each kind the first line is written at once, and then at most one in ten seconds,
 * with the number of lines it stands for.
 */
import type { Clock } from "../clock.js";

const everyMs = 10_000;

interface LimitedLog {
  writtenAt: number;
  suppressed: number;
  /** Writes the latest line, with the number of lines it stands for. */
  latest: ((count: number) => void) | undefined;
}

export class LogLimit {
  private readonly kinds = new Map<string, LimitedLog>();

  constructor(private readonly clock: Pick<Clock, "now">) {}

  /** @param kind one of a few constants, never a value that a client chose */
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

  /** Called regularly, so that suppressed lines are also reported after a flood has ended. */
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
