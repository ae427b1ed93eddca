/**
 * A pool of proving processes, each of which runs tasks one after another and is ended when idle. A task that takes
 * long no longer counts against the limit of concurrent tasks: another process is started beside it.
 */
import { type ModelLimits, modelLimits } from "../inspection/model-limits.js";
import type { ProvingResult, ProvingTask } from "./messages.js";
import { ProofFailure } from "./proof-failure.js";
import { ProvingProcess } from "./proving-process.js";

export interface ProverPoolOptions {
  /** The child's program; by default the compiled one beside this file. */
  readonly program?: URL | undefined;
  /** Limit on concurrent tasks, without those that take long. */
  readonly atOnce: number;
  /** Milliseconds that a task may take. */
  readonly ms: number;
  /** Bytes that a version may take in its process. */
  readonly memoryBytes: number;
  /** What a version may be made of; a larger one is refused before ONNX Runtime opens it. */
  readonly limits?: ModelLimits | undefined;
}

export interface ProvingOptions {
  /** The niceness of the process that runs the task. */
  readonly nice: number;
  /** Aborted when the caller no longer needs the result. */
  readonly signal?: AbortSignal | undefined;
}

/** A task that is running. */
interface ProvingSlot {
  prover?: ProvingProcess;
  long: boolean;
}

/** Milliseconds after which a task counts as long: a process starts in 0.4 s and proves a small model in 10 ms. */
const longMs = 1_000;
/** Limit on long tasks beside the `atOnce` others. */
const longMax = 4;
/** Milliseconds without a task after which a process is ended. */
const idleMs = 2_000;
/** Milliseconds for which a process that was prepared waits for its first task: a large model converts for so long. */
const preparedMs = 60_000;

export class ProverPool {
  private readonly idle = new Map<ProvingProcess, NodeJS.Timeout>();
  private readonly slots = new Set<ProvingSlot>();
  private readonly queue = new Set<() => void>();
  private readonly closing = new AbortController();

  constructor(private readonly options: ProverPoolOptions) {}

  /** @throws ProofFailure with the reason */
  async ask<T extends ProvingTask>(task: T, { nice, signal }: ProvingOptions): Promise<ProvingResult<T>> {
    const either = AbortSignal.any([this.closing.signal, ...(signal === undefined ? [] : [signal])]);
    const acquireSlot = await this.turn(either);
    const long = setTimeout(() => {
      acquireSlot.long = true;
      this.next();
    }, longMs);
    try {
      acquireSlot.prover = this.take(nice);
      return await acquireSlot.prover.ask(task, { ms: this.options.ms, signal: either });
    } finally {
      clearTimeout(long);
      this.slots.delete(acquireSlot);
      this.put(acquireSlot.prover);
      this.next();
    }
  }

  /** Starts a process for a task that will come soon, unless one is idle: starting takes 0.4 s. */
  prepare(nice: number): void {
    if (this.closing.signal.aborted) return;
    const known = [...this.idle.keys()].find((prover) => prover.nice === nice && prover.usable);
    this.keep(known ?? this.start(nice), preparedMs);
  }

  /** Kills all processes immediately, even while they run tasks. */
  close(): void {
    this.closing.abort();
    for (const prover of this.idle.keys()) this.end(prover);
  }

  /** The ids of the running processes. */
  get pids(): number[] {
    const provers = [...this.idle.keys(), ...[...this.slots].map(({ prover }) => prover)];
    return provers.flatMap((prover) => prover?.pid ?? []);
  }

  private async turn(signal: AbortSignal): Promise<ProvingSlot> {
    while (this.full && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.queue.add(resolve);
        signal.addEventListener("abort", () => this.queue.delete(resolve) && resolve(), { once: true });
      });
    if (signal.aborted) {
      this.next(); // another waiting task may have taken the freed slot
      throw new ProofFailure("cancelled", "the proof was not wanted any more");
    }
    const turn: ProvingSlot = { long: false };
    this.slots.add(turn);
    return turn;
  }

  private get full(): boolean {
    const { atOnce } = this.options;
    const short = [...this.slots].filter(({ long }) => !long).length;
    return short >= atOnce || this.slots.size >= atOnce + longMax;
  }

  private next(): void {
    for (const resolve of this.queue) {
      this.queue.delete(resolve);
      return resolve();
    }
  }

  /** Takes an idle process, or starts a new one. */
  private take(nice: number): ProvingProcess {
    for (const [prover, timer] of this.idle) {
      if (prover.nice !== nice) continue;
      clearTimeout(timer);
      this.idle.delete(prover);
      // It may have been killed while it was idle, for example where memory ran out.
      if (prover.usable) return prover;
    }
    return this.start(nice);
  }

  private start(nice: number): ProvingProcess {
    const {
      program = new URL("./child.js", import.meta.url),
      memoryBytes,
      limits = modelLimits,
    } = this.options;
    return new ProvingProcess({ program, memoryBytes, nice, limits });
  }

  private put(prover: ProvingProcess | undefined): void {
    if (prover === undefined) return;
    if (!prover.usable || this.closing.signal.aborted) return prover.kill();
    this.keep(prover, idleMs);
  }

  private keep(prover: ProvingProcess, ms: number): void {
    clearTimeout(this.idle.get(prover));
    this.idle.set(
      prover,
      setTimeout(() => this.end(prover), ms),
    );
  }

  private end(prover: ProvingProcess): void {
    clearTimeout(this.idle.get(prover));
    this.idle.delete(prover);
    prover.kill();
  }
}
