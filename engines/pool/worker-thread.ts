/** A worker's thread, which is restarted when it ends unexpectedly. */
import { Worker } from "node:worker_threads";
import type { WorkerReply, WorkerRequest, WorkerSetup } from "./messages.js";

export interface ThreadEvents<Report> {
  /** The worker sent a message. */
  readonly message: (message: WorkerReply<Report>) => void;
  /** @param restartInMs undefined: the end was asked for, and no new thread starts */
  readonly ended: (reason: string, restartInMs: number | undefined) => void;
  /** A new thread has taken the place of one that died. */
  readonly restarted: () => void;
}

/** Each further crash doubles the pause before the restart, so that a crash loop does not load the machine. */
const restartMs = { first: 50, most: 10_000, calmAfter: 60_000 };

/** Milliseconds that a worker has to finish its running job when it is closed. */
const closeGraceMs = 2_000;

export class WorkerThread<Source, Report> {
  private worker: Worker | undefined;
  private consecutiveExits = 0;
  private startedAt = 0;
  private closed = false;

  /**
   * @param program the module that the thread runs
   * @param setup gives the data a thread starts with; called at each start
   */
  constructor(
    private readonly program: URL,
    private readonly name: string,
    private readonly setup: () => WorkerSetup,
    private readonly events: ThreadEvents<Report>,
  ) {
    this.spawn();
  }

  /** Whether there is a thread now. */
  get alive(): boolean {
    return this.worker !== undefined;
  }

  /** Sends a message; it is dropped where no thread runs. */
  post(message: WorkerRequest<Source>, transfer: ArrayBuffer[] = []): void {
    this.worker?.postMessage(message, transfer);
  }

  /** Ends the thread as a crash would; a new one starts. */
  async kill(): Promise<void> {
    await this.worker?.terminate();
  }

  /** Lets the thread end by itself: ended inside a native call, it could take the process with it. */
  async close(): Promise<void> {
    const { worker } = this;
    this.closed = true;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.post({ kind: "exit" });
    const hard = setTimeout(() => void worker.terminate(), closeGraceMs);
    await ended;
    clearTimeout(hard);
  }

  private spawn(): void {
    this.startedAt = performance.now();
    const worker = new Worker(this.program, { workerData: this.setup(), name: this.name });
    this.worker = worker;
    let reason = "it exited";
    worker.on("message", this.events.message);
    worker.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", (code) => this.workerEnded(`${reason} (code ${code})`));
  }

  private workerEnded(reason: string): void {
    this.worker = undefined;
    if (this.closed) return this.events.ended(reason, undefined);
    this.consecutiveExits =
      performance.now() - this.startedAt > restartMs.calmAfter ? 1 : this.consecutiveExits + 1;
    const delay = Math.min(restartMs.most, restartMs.first * 2 ** (this.consecutiveExits - 1));
    this.events.ended(reason, delay);
    setTimeout(() => this.restart(), delay).unref();
  }

  private restart(): void {
    if (this.closed) return;
    this.spawn();
    this.events.restarted();
  }
}
