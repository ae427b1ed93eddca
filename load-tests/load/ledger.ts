/**
 * Compares every request id of one socket with the frames that arrived: each id must get one terminal frame, and each
 * error must be complete.
 */
import { errorCodes } from "../../protocol/errors.js";
import type { ErrorFrame, GatewayFrame, ResultFrame } from "../../protocol/frames.js";
import type { Recorder } from "./recorder.js";

export interface LedgerTerms {
  /** Answers to requests that were due before this time are not recorded, except frames that break a rule. */
  readonly warmupMs: number;
  readonly timeoutMs: number;
  /** Whether this is the right answer to the request with this id. */
  readonly right: (id: number, result: ResultFrame) => boolean;
}

export class Ledger {
  /** The due times of the requests that have no terminal frame yet, by id. */
  private readonly waiting = new Map<number, number>();
  private last = 0;

  constructor(
    private readonly recorder: Recorder,
    private readonly terms: LedgerTerms,
  ) {}

  get open(): number {
    return this.waiting.size;
  }

  /**
   * @param due milliseconds from the start
   * @returns the id of the request
   */
  ask(due: number): number {
    const id = ++this.last;
    this.waiting.set(id, due);
    if (due >= this.terms.warmupMs) this.recorder.asked++;
    return id;
  }

  /**
   * Records a frame.
   * @param at milliseconds from the start
   */
  take(frame: GatewayFrame, at: number): void {
    if (!("id" in frame) || frame.id === undefined) return;
    const { id } = frame;
    const due = this.waiting.get(id);
    if (due === undefined) return this.recorder.failed(at, 0, id <= this.last ? "doubled" : "never asked");
    this.waiting.delete(id);
    const fault = this.faultOf(id, frame, at - due);
    if (due < this.terms.warmupMs) return;
    if (fault === undefined) this.recorder.answered(at, at - due);
    else this.recorder.failed(at, at - due, fault);
  }

  /** Ends the record: no more frames will arrive, so open requests count as unanswered. */
  close(at: number): void {
    for (const due of this.waiting.values())
      if (due >= this.terms.warmupMs) this.recorder.failed(at, at - due, "unanswered");
    this.waiting.clear();
  }

  private faultOf(id: number, frame: GatewayFrame, ms: number): string | undefined {
    if (frame.type === "error") return wordOf(frame);
    if (frame.type !== "result" || !this.terms.right(id, frame)) return "wrong";
    return ms > this.terms.timeoutMs ? "late" : undefined;
  }
}

/** An error's code, and whether the request may have run; `vague` for an error that does not say so. */
function wordOf({ code, message, retryable, processed }: ErrorFrame): string {
  const says = errorCodes.includes(code) && message !== "" && typeof retryable === "boolean";
  if (!says || (processed !== "no" && processed !== "maybe")) return "vague";
  return processed === "maybe" ? `${code}, may have run` : code;
}
