/** One trainer's process: it serves one namespace, and trains one job at a time. */

import { HeadgateError } from "../../protocol/errors.js";
import { tensorsToWire } from "../../protocol/tensor.js";
import type { FromTrainer, ReadyMessage } from "./pipe-messages.js";
import type { TrainingListener, TrainingWork } from "./trainer.js";
import { type PipeLimits, TrainerPipes } from "./trainer-pipes.js";
import type { TrainerProgram } from "./trainer-program.js";
import { cancelled, type TrainingExecution } from "./training-execution.js";

export interface ProcessLimits extends PipeLimits {
  /** Milliseconds in which a process must be ready. */
  readonly startMs: number;
  /** Milliseconds that a training may take with its export. */
  readonly timeMs: number;
  /** Milliseconds for which a process without work stays. */
  readonly idleMs: number;
  /** Milliseconds that a cancelled training has to stop by itself. */
  readonly cancelMs: number;
}

export interface ProcessEvents {
  /** It has told its libraries and takes work. */
  ready(process: TrainerProcess, message: ReadyMessage, startMs: number): void;
  /** A training has ended, and the process takes another one. */
  idle(process: TrainerProcess): void;
  /** It has ended with its whole group. */
  ended(process: TrainerProcess, how: EndOfProcess): void;
}

export interface EndOfProcess {
  /** What to say of it, as "was killed (signal 9)". */
  readonly how: string;
  /** Whether it was asked to end. */
  readonly expected: boolean;
  /** Whether it had been ready before. */
  readonly wasReady: boolean;
  /** The last lines that it wrote. */
  readonly lastLines: readonly string[];
}

const lastLinesMax = 20;
/** Milliseconds that a process has to end by itself at the end of its input. */
const endMs = 2_000;

export class TrainerProcess {
  private readonly pipes: TrainerPipes;
  private readonly startedAt = performance.now();
  private hello: ReadyMessage | undefined;
  private running: TrainingExecution | undefined;
  /** Told of lines: lines come on a pipe of their own, some of them after the messages that ended their training. */
  private listener: TrainingListener | undefined;
  private lines: string[] = [];
  /** Set once it ends because this side wants it to. */
  private ending: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private cancelTimer: NodeJS.Timeout | undefined;
  private jobs = 0;
  /** When it last had work, or was ready, in milliseconds. */
  private idleSince = performance.now();

  constructor(
    readonly namespace: string,
    program: TrainerProgram,
    private readonly limits: ProcessLimits,
    private readonly events: ProcessEvents,
  ) {
    this.pipes = new TrainerPipes(program, limits, {
      message: (message) => this.take(message),
      line: (text) => this.keepLine(text),
      broken: (reason) => this.broke(reason),
      ended: (how) => this.ended(how),
    });
    const { startMs } = limits;
    this.after(startMs, () =>
      this.fail(new HeadgateError("unavailable", `the trainer's process was not ready within ${startMs} ms`)),
    );
  }

  get pid(): number | undefined {
    return this.pipes.pid;
  }

  /** Whether it can take work now. */
  get isIdle(): boolean {
    return this.hello !== undefined && this.running === undefined && this.ending === undefined;
  }

  /** Milliseconds since it last had work; 0 while it has. */
  get idleMs(): number {
    return this.running === undefined ? performance.now() - this.idleSince : 0;
  }

  get isBusy(): boolean {
    return this.running !== undefined;
  }

  /** How many trainings it was given. */
  get jobCount(): number {
    return this.jobs;
  }

  /** Trains as soon as it is ready. */
  run(execution: TrainingExecution): void {
    this.running = execution;
    this.listener = execution.listener;
    this.jobs++;
    if (this.hello !== undefined) this.begin(execution);
    execution.stoppedBy(() => this.cancel(execution));
  }

  /** Ends it, and fails its training with this error. */
  fail(error: HeadgateError): void {
    this.ending ??= error.message;
    this.pipes.kill();
    this.running?.fail(error);
  }

  /** Ends a process without work: it may finish what it does at its end, for a moment. */
  stop(): void {
    if (this.ending !== undefined) return;
    this.ending = "it was not needed any more";
    this.pipes.endInput();
    this.after(endMs, () => this.pipes.kill());
  }

  private begin(execution: TrainingExecution): void {
    const { timeMs } = this.limits;
    this.after(timeMs, () => this.fail(tooLong(timeMs)));
    this.pipes.send(fitMessage(execution.work));
  }

  /** A process that does not stop the training by itself is killed. */
  private cancel(execution: TrainingExecution): void {
    if (this.running !== execution || execution.ended) return;
    if (this.hello === undefined) return this.abandon(execution);
    this.pipes.send({ type: "cancel", job: execution.work.job });
    this.cancelTimer = setTimeout(() => this.fail(cancelled()), this.limits.cancelMs);
  }

  /** The process goes on starting, for the next training. */
  private abandon(execution: TrainingExecution): void {
    this.running = undefined;
    execution.fail(cancelled());
  }

  private take(message: FromTrainer): void {
    if (this.ending !== undefined) return;
    if (message.type === "ready") return this.ready(message);
    const { running, hello } = this;
    if (running === undefined || hello === undefined)
      return this.broke(`${message.type} without a training that runs`);
    running.take(message, hello.libraries);
    if (running.ended) this.finish();
  }

  private ready(message: ReadyMessage): void {
    if (this.hello !== undefined) return this.broke("ready a second time");
    this.hello = message;
    this.idleSince = performance.now();
    this.events.ready(this, message, this.idleSince - this.startedAt);
    if (this.running === undefined) this.finish();
    else this.begin(this.running);
  }

  private finish(): void {
    clearTimeout(this.cancelTimer);
    this.running = undefined;
    this.idleSince = performance.now();
    this.after(this.limits.idleMs, () => this.stop());
    this.events.idle(this);
  }

  private broke(reason: string): void {
    const message = "the trainer's process sent something that it must not send; the gateway's log says what";
    this.lines.push(reason);
    this.fail(new HeadgateError("internal", message, { processed: "maybe" }));
    this.ending = `it broke the protocol of its pipes: ${reason}`;
  }

  private keepLine(text: string): void {
    this.lines.push(text);
    if (this.lines.length > lastLinesMax) this.lines.shift();
    this.listener?.log(text);
  }

  private ended(how: string): void {
    clearTimeout(this.timer);
    clearTimeout(this.cancelTimer);
    const { running } = this;
    // A process that is in a library's long call ends itself when its training is cancelled.
    const expected = this.ending !== undefined || running?.cancelling === true;
    running?.fail(running.cancelling ? cancelled() : died(how, this.hello !== undefined));
    this.running = undefined;
    this.ending ??= how;
    const wasReady = this.hello !== undefined;
    this.events.ended(this, { how: this.ending, expected, wasReady, lastLines: this.lines });
  }

  /** Only one thing is waited for at a time: that it is ready, that a training ends, or that it has work again. */
  private after(ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
    this.timer.unref();
  }
}

function fitMessage({ job, trainer, inputs, parameters, export: isExported, checkpoint }: TrainingWork) {
  return {
    type: "fit",
    job,
    trainer,
    inputs: tensorsToWire(inputs),
    parameters,
    export: isExported,
    ...(checkpoint !== undefined && { checkpoint }),
  } as const;
}

function tooLong(ms: number): HeadgateError {
  const message = `the training did not end within ${ms} ms: train on fewer rows or a smaller model, or raise training.time_ms`;
  return new HeadgateError("deadline_exceeded", message, { processed: "maybe" });
}

function died(how: string, wasReady: boolean): HeadgateError {
  const when = wasReady
    ? "during the training; the gateway's log has its last lines"
    : "before it was ready; headgate trainer status tests it";
  return new HeadgateError("unavailable", `the trainer's process ${how} ${when}`, { processed: "maybe" });
}
