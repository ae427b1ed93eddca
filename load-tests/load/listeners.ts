/** What each of many subscribers was sent, by the offsets of its topic: each event once, in order, none left out. */
import type { Recorder } from "./recorder.js";

export interface ReceivedEvent {
  readonly stream: string;
  readonly offset: number;
  /** When the observation that brought it was due, in milliseconds from the start. */
  readonly due: number;
  /** When it came. */
  readonly at: number;
}

export class Listeners {
  /** Of each listener, the last offset it has. */
  private readonly last: number[];
  /** Events that were counted as asked for, by stream. */
  private readonly counted = new Map<string, Set<number>>();

  /**
   * @param streamOf the stream of each listener @param first the offset each starts behind
   * @param terms what was due before `warmupMs` is not recorded
   */
  constructor(
    private readonly recorder: Recorder,
    private readonly streamOf: readonly string[],
    first: readonly number[],
    private readonly terms: { readonly warmupMs: number; readonly timeoutMs: number },
  ) {
    this.last = [...first];
  }

  hear(listener: number, { stream, offset, due, at }: ReceivedEvent): void {
    const before = this.last[listener] ?? 0;
    if (stream !== this.streamOf[listener]) return this.recorder.failed(at, 0, "of another topic");
    if (offset <= before) return this.recorder.failed(at, 0, "doubled");
    for (let missed = before + 1; missed < offset; missed++) this.recorder.failed(at, 0, "missed");
    this.last[listener] = offset;
    if (due < this.terms.warmupMs) return;
    this.expect(stream, offset);
    const ms = at - due;
    if (ms > this.terms.timeoutMs) this.recorder.failed(at, ms, "late");
    else this.recorder.answered(at, ms);
  }

  /** Listeners that have not heard all of their streams. @param ends the last offset of each stream */
  behind(ends: ReadonlyMap<string, number>): number {
    return this.streamOf.filter((stream, i) => (this.last[i] ?? 0) < (ends.get(stream) ?? 0)).length;
  }

  /** Nothing comes any more: what was not heard is missed. */
  close(at: number, ends: ReadonlyMap<string, number>): void {
    this.streamOf.forEach((stream, i) => {
      for (let offset = (this.last[i] ?? 0) + 1; offset <= (ends.get(stream) ?? 0); offset++) {
        this.expect(stream, offset);
        this.recorder.failed(at, 0, "missed");
      }
    });
  }

  /** An event is asked for by each listener of its stream. */
  private expect(stream: string, offset: number): void {
    const known = this.counted.get(stream) ?? new Set();
    this.counted.set(stream, known);
    if (known.has(offset)) return;
    known.add(offset);
    this.recorder.asked += this.streamOf.filter((each) => each === stream).length;
  }
}
