/** What waits and what runs, of all servables, and the ways a request leaves without an answer. */
import type { Lane } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import { ActiveTime } from "./active-time.js";
import { Deadlines } from "./deadlines.js";
import type { FitLimits } from "./fit-limits.js";
import { type Line, Lines } from "./lines.js";
import type { FitLane } from "./load.js";
import type { Answer, Request } from "./request.js";
import type { Run } from "./run.js";
import { Shares } from "./shares.js";

export class Board {
  readonly lines = new Lines();
  /** Lines with waiting requests, the one to be served next first. */
  readonly waiting = new Set<Line>();
  readonly runs: Readonly<Record<Lane, Run[]>> = { models: [], numerics: [] };
  readonly shares: Readonly<Record<Lane, Shares>> = { models: new Shares(), numerics: new Shares() };
  readonly deadlines: Deadlines<Request>;
  readonly active: ActiveTime;

  constructor(
    clock: Clock,
    readonly fits: FitLimits,
  ) {
    this.deadlines = new Deadlines(clock, (request) =>
      this.drop(request, "deadline_exceeded", `no answer within ${request.job.timeoutMs} ms`),
    );
    this.active = new ActiveTime(clock, () => this.runs.models.length + this.runs.numerics.length > 0);
  }

  /** Requests that are queued or running. */
  get pending(): number {
    let pending = 0;
    for (const line of this.waiting) pending += line.queue.size;
    for (const runs of [this.runs.models, this.runs.numerics])
      for (const { batch } of runs) pending += batch.length;
    return pending;
  }

  /** What the workers of fits have in hand. */
  fitLane(): FitLane {
    const lines = [...this.waiting].filter(({ lane }) => lane === "numerics");
    const workers = Math.min(this.fits.workers, this.fits.ofTenant);
    return { lines, runs: this.runs.numerics, workers };
  }

  queue(line: Line, request: Request): void {
    this.shares[line.lane].enter(request.account);
    this.deadlines.add(request);
    line.queue.push(request);
    this.waiting.add(line);
  }

  /** Takes a request out of its queue and tells it why; false when it does not wait there. */
  unqueue(line: Line, request: Request, error: HeadgateError): boolean {
    if (!line.queue.remove(request)) return false;
    if (line.queue.size === 0) this.waiting.delete(line);
    this.shares[line.lane].leave(request.account);
    this.fail(request, error);
    return true;
  }

  /** Ends a request that nobody waits for: never computed if it still waits, stopped if it can be. */
  drop(request: Request, code: "cancelled" | "deadline_exceeded", message: string): void {
    if (request.settled) return;
    const line = this.lines.of(request.job.servable);
    if (this.unqueue(line, request, new HeadgateError(code, message, { processed: "no" }))) return;
    this.stop(request, new HeadgateError(code, message, { processed: "maybe" }));
  }

  /** Answers a request that runs, and stops it if it can be. */
  stop(request: Request, error: HeadgateError): void {
    this.fail(request, error);
    request.abort();
  }

  answer(request: Request, answer: Answer): void {
    this.leaves(request);
    request.resolve(answer);
  }

  fail(request: Request, error: HeadgateError): void {
    this.leaves(request);
    request.reject(error);
  }

  private leaves(request: Request): void {
    this.deadlines.remove(request);
    if (request.probe) this.lines.of(request.job.servable).probes.answered();
  }
}
