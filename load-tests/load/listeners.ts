/**
 * The events that each of many subscribers received, by the offsets of its topic: every event must arrive once, in
 * order, with none missing.
 */
import type { Recorder } from "./recorder.js";

export interface ReceivedEvent {
  readonly stream: string;
  readonly offset: number;
  /** Milliseconds from the start at which the observation that caused the event was due. */
  readonly due: number;
  /** Milliseconds from the start at which the event arrived. */
  readonly at: number;
}

export class Listeners {
  /** The last offset that each listener received. */
  private readonly last: number[];
  /** The events that are already counted as expected, by stream. */
  private readonly counted = new Map<string, Set<number>>();

  /**
   * @param streamOf the stream of each listener
   * @param first the offset after which each listener starts
   * @param terms events that were due before `warmupMs` are not recorded
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

  /**
   * The number of listeners that have not received all events of their streams.
   * @param ends the last offset of each stream
   */
  behind(ends: ReadonlyMap<string, number>): number {
    return this.streamOf.filter((stream, i) => (this.last[i] ?? 0) < (ends.get(stream) ?? 0)).length;
  }

  /** Ends the record: no more events will arrive, so those not received count as missed. */
  close(at: number, ends: ReadonlyMap<string, number>): void {
    this.streamOf.forEach((stream, i) => {
      for (let offset = (this.last[i] ?? 0) + 1; offset <= (ends.get(stream) ?? 0); offset++) {
        this.expect(stream, offset);
        this.recorder.failed(at, 0, "missed");
      }
    });
  }

  /** Each event is expected once by every listener of its stream. */
  private expect(stream: string, offset: number): void {
    const known = this.counted.get(stream) ?? new Set();
    this.counted.set(stream, known);
    if (known.has(offset)) return;
    known.add(offset);
    this.recorder.asked += this.streamOf.filter((each) => each === stream).length;
  }
}
