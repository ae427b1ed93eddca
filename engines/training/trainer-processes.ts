/**
 * Trains in Python processes. A process serves one namespace and stays for its next training; it makes room for
 * another namespace's where there are as many as there may be.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { GroupMemory } from "./group-memory.js";
import { MemoryWatch } from "./memory-watch.js";
import { StartBackoff } from "./start-backoff.js";
import type {
  TrainerAvailability,
  TrainingEngine,
  TrainingListener,
  TrainingRun,
  TrainingWork,
} from "./trainer.js";
import { type EndOfProcess, type ProcessLimits, TrainerProcess } from "./trainer-process.js";
import type { TrainerProgram } from "./trainer-program.js";
import { cancelled, TrainingExecution } from "./training-execution.js";

export interface TrainingLimits extends ProcessLimits {
  /** Processes at one time. */
  readonly processes: number;
  /** Resident bytes of a process with all that it starts. */
  readonly memoryBytes: number;
}

/** Where the processes' program comes from. */
export interface TrainerEnvironment {
  readonly availability: TrainerAvailability;
  /** What a process runs; undefined where nothing is installed. Another object after another installation. */
  readonly program: TrainerProgram | undefined;
}

export interface TrainingEvents {
  started(process: ProcessLabel, startMs: number): void;
  ended(process: ProcessLabel, how: EndOfProcess): void;
}

/** How logs name a process. */
export interface ProcessLabel {
  readonly namespace: string;
  readonly pid: number | undefined;
}

/** What a trainer's process does, for whoever watches it. */
export interface ProcessFigures extends ProcessLabel {
  readonly isBusy: boolean;
  /** Trainings that it was given. */
  readonly jobs: number;
  /** Resident bytes when they were last looked at; 0 before. */
  readonly residentBytes: number;
}

export interface TrainingSetup {
  readonly limits: TrainingLimits;
  readonly environment: TrainerEnvironment;
  readonly memory: GroupMemory;
  readonly events: TrainingEvents;
}

export class TrainerProcesses implements TrainingEngine {
  private readonly processes = new Map<TrainerProcess, TrainerProgram>();
  /** Trainings without a process, the oldest first. */
  private waiting: TrainingExecution[] = [];
  private readonly backoff = new StartBackoff(() => performance.now());
  private readonly watch: MemoryWatch;
  /** What the last process that started told, and what program it ran. */
  private told: { readonly program: TrainerProgram; readonly availability: TrainerAvailability } | undefined;
  private closing: (() => void) | undefined;
  private isClosed = false;

  constructor(private readonly setup: TrainingSetup) {
    this.watch = new MemoryWatch(setup.memory, setup.limits.memoryBytes);
  }

  /** As a process of this environment told, or else as its manifest says. */
  get availability(): TrainerAvailability {
    const { availability, program } = this.setup.environment;
    if (availability.kind === "missing" || this.told?.program !== program) return availability;
    return this.told?.availability ?? availability;
  }

  get places(): number {
    return this.setup.limits.processes;
  }

  get figures(): readonly ProcessFigures[] {
    return [...this.processes.keys()].map((process) => ({
      namespace: process.namespace,
      pid: process.pid,
      isBusy: process.isBusy,
      jobs: process.jobCount,
      residentBytes: this.watch.residentOf(process),
    }));
  }

  start(work: TrainingWork, listener: TrainingListener): TrainingRun {
    const execution = new TrainingExecution(work, listener);
    execution.stoppedBy(() => this.leave(execution));
    this.waiting.push(execution);
    this.assign();
    return execution;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const error = new HeadgateError("unavailable", "the gateway is going away", { processed: "maybe" });
    this.refuseWaiting(error);
    for (const process of this.processes.keys()) process.fail(error);
    if (this.processes.size > 0)
      await new Promise<void>((resolve) => {
        this.closing = resolve;
      });
  }

  /** Gives trainings to processes, as far as that goes now. */
  private assign(): void {
    if (this.isClosed)
      return this.refuseWaiting(new HeadgateError("unavailable", "the gateway is going away"));
    if (this.waiting.length === 0) return;
    const { availability, program } = this.setup.environment;
    if (program === undefined || availability.kind === "missing") {
      const reason = availability.kind === "missing" ? availability.reason : "no trainer is installed";
      return this.refuseWaiting(new HeadgateError("failed_precondition", reason));
    }
    this.waiting = this.waiting.filter((execution) => !this.place(execution, program));
  }

  /** Whether the training was given to a process, or failed. */
  private place(execution: TrainingExecution, program: TrainerProgram): boolean {
    const process = this.warm(execution.work.namespace, program) ?? this.fresh(execution, program);
    if (process !== undefined) {
      process.run(execution);
      this.watch.begin(process);
    }
    return process !== undefined || execution.ended;
  }

  /** An idle process of the namespace, of the environment as it is now. */
  private warm(namespace: string, program: TrainerProgram): TrainerProcess | undefined {
    for (const [process, its] of this.processes)
      if (process.isIdle && process.namespace === namespace && its === program) return process;
    return undefined;
  }

  private fresh(execution: TrainingExecution, program: TrainerProgram): TrainerProcess | undefined {
    if (this.processes.size >= this.setup.limits.processes) {
      this.makeRoom();
      return undefined;
    }
    const { waitMs } = this.backoff;
    if (waitMs === 0) return this.spawn(execution.work.namespace, program);
    const message = "the trainer's process did not start; headgate trainer status tests it";
    execution.fail(new HeadgateError("unavailable", message, { retryAfterMs: Math.ceil(waitMs) }));
    return undefined;
  }

  /** Ends the process that has been idle longest, unless one ends already. */
  private makeRoom(): void {
    const all = [...this.processes.keys()];
    if (all.some((process) => !process.isIdle && !process.isBusy)) return;
    const [longest] = all.filter(({ isIdle }) => isIdle).sort((a, b) => b.idleMs - a.idleMs);
    longest?.stop();
  }

  private spawn(namespace: string, program: TrainerProgram): TrainerProcess {
    const { limits, events } = this.setup;
    const process = new TrainerProcess(namespace, program, limits, {
      ready: (which, { libraries, trainers, cuda }, startMs) => {
        this.backoff.succeeded();
        const availability = { kind: "ready", libraries, trainers: new Set(trainers), cuda } as const;
        this.told = { program, availability };
        events.started(which, startMs);
      },
      idle: (which) => this.idle(which),
      ended: (which, how) => this.ended(which, how),
    });
    this.processes.set(process, program);
    return process;
  }

  /** A process that kept much of its memory would leave too little of its limit to the next training. */
  private idle(process: TrainerProcess): void {
    const resident = this.watch.residentOf(process);
    this.watch.end(process);
    if (resident > this.setup.limits.memoryBytes / 2) process.stop();
    this.assign();
  }

  private ended(process: TrainerProcess, how: EndOfProcess): void {
    this.watch.end(process);
    this.processes.delete(process);
    if (!how.wasReady && !this.isClosed) this.backoff.failed();
    this.setup.events.ended(process, how);
    if (this.processes.size === 0) this.closing?.();
    this.assign();
  }

  private leave(execution: TrainingExecution): void {
    this.waiting = this.waiting.filter((each) => each !== execution);
    execution.fail(cancelled());
  }

  private refuseWaiting(error: HeadgateError): void {
    const { waiting } = this;
    this.waiting = [];
    for (const execution of waiting) execution.fail(error);
  }
}
