/**
 * Computes short batches on the thread of the sockets, and gives all others to the workers. To hand a batch to a worker
 * and back wakes two threads, 50 to 100 us each on a virtual machine, where a small model computes for 10: one request
 * in flight takes less than half the time. A turn of the event loop has a limit on the time that is spent so, because
 * every socket waits meanwhile.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type {
  Engine,
  EngineWorker,
  Execution,
  ExecutionRequest,
  ExecutionResult,
  Tensors,
} from "../engine.js";
import type { Lane } from "../lane.js";
import { type MeasuredRows, RunTimes } from "./run-times.js";

/** An open version on the thread of the sockets. */
export interface InlineSession {
  /** @param outputs the outputs to compute; null: all of them */
  run(inputs: Tensors, outputs: readonly string[] | null): ExecutionResult | Promise<ExecutionResult>;
  close(): void;
}

export interface InlineLimits {
  /** Milliseconds up to which a batch is short. */
  readonly runMs: number;
  /** Milliseconds of one turn of the event loop after which its further batches are given to workers. */
  readonly turnMs: number;
}

export class InlineEngine implements Engine {
  private readonly versions = new Map<string, InlineVersion>();
  private readonly turn = { spentMs: 0, number: 0 };
  private readonly changes = { count: 0 };

  /**
   * @param now milliseconds on a monotonic clock
   * @param again called when a batch that found no worker could be computed here in the next turn
   */
  constructor(
    private readonly workers: Engine,
    private readonly limits: InlineLimits,
    private readonly now: () => number,
    private readonly again: () => void,
  ) {}

  /** Another number whenever `rowsMax` may say something else than before. */
  get revision(): number {
    return this.changes.count;
  }

  /** @param measured its runs in a worker, ascending by rows: larger batches are never computed here */
  open(key: string, session: InlineSession, measured: readonly MeasuredRows[]): void {
    this.close(key);
    const times = new RunTimes(measured, this.limits.runMs);
    this.versions.set(key, new InlineVersion(session, times, this.turn, this.changes, this.now));
    this.changes.count++;
  }

  close(key: string): void {
    this.versions.get(key)?.close();
    if (this.versions.delete(key)) this.changes.count++;
  }

  closeAll(): void {
    for (const key of [...this.versions.keys()]) this.close(key);
  }

  /** The most rows of a batch that is computed here at present; 0: every batch is given to a worker. */
  rowsMax(key: string): number {
    return this.versions.get(key)?.times.rowsMax ?? 0;
  }

  /** A worker has computed a batch: its time decides whether batches of its size are computed here again. */
  computedInWorker(key: string, rows: number, ms: number): void {
    if (this.versions.get(key)?.times.tookInWorker(rows, ms, this.now()) === true) this.changes.count++;
  }

  beginTurn(): void {
    this.turn.spentMs = 0;
    this.turn.number++;
    this.workers.beginTurn();
  }

  idleWorker(lane: Lane, key: string, rows: number): EngineWorker | undefined {
    const version = this.versions.get(key);
    if (version?.times.isShort(rows) !== true) return this.workers.idleWorker(lane, key, rows);
    if (version.isFree && this.turn.spentMs < this.limits.turnMs) return version;
    const worker = this.workers.idleWorker(lane, key, rows);
    if (worker === undefined) this.again();
    return worker;
  }

  msUntilRoom(lane: Lane, key: string): number | undefined {
    return this.workers.msUntilRoom(lane, key);
  }
}

/** A version that is open on the thread of the sockets. It computes one batch in each turn of the event loop. */
class InlineVersion implements EngineWorker {
  private jobs = 0;
  private lastTurn = -1;
  private running = false;
  private closed = false;

  constructor(
    private readonly session: InlineSession,
    readonly times: RunTimes,
    private readonly turn: { spentMs: number; readonly number: number },
    private readonly changes: { count: number },
    private readonly now: () => number,
  ) {}

  get isFree(): boolean {
    return !this.running && this.lastTurn !== this.turn.number;
  }

  run({ inputs, outputs }: ExecutionRequest): Execution {
    this.lastTurn = this.turn.number;
    return { job: ++this.jobs, done: this.compute(inputs, outputs) };
  }

  /** A run is over before anybody could ask to stop it. */
  abort(): void {}

  close(): void {
    this.closed = true;
    this.session.close();
  }

  private async compute(inputs: Tensors, outputs: readonly string[] | null): Promise<ExecutionResult> {
    if (this.closed)
      throw new HeadgateError("unavailable", "the version was closed meanwhile", { processed: "no" });
    const started = this.now();
    try {
      const computing = this.session.run(inputs, outputs);
      const done = computing instanceof Promise ? await this.later(computing) : computing;
      this.took(rowsOf(inputs), done.computeMs);
      return { ...done, inline: true };
    } catch (error) {
      // The sockets have waited for a run that failed as for any other.
      this.took(rowsOf(inputs), this.now() - started);
      throw error;
    }
  }

  private took(rows: number, ms: number): void {
    this.turn.spentMs += ms;
    if (this.times.tookInline(rows, ms, this.now())) this.changes.count++;
  }

  private async later(computing: Promise<ExecutionResult>): Promise<ExecutionResult> {
    this.running = true;
    try {
      return await computing;
    } finally {
      this.running = false;
    }
  }
}

function rowsOf(inputs: Tensors): number {
  for (const name in inputs) return inputs[name]?.shape[0] ?? 1;
  return 1;
}
