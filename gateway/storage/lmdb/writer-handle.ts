/** The socket thread's side of the writer thread: one transaction at a time. */
import { Worker } from "node:worker_threads";
import { pack, type TableWrite } from "./environment.js";
import type { WriterCommand, WriterReply, WriterSetup } from "./writer.js";

interface PendingWrite {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface TableWriter {
  /**
   * Settles once the writes are on the medium.
   * @throws when none of them is
   */
  write(writes: readonly TableWrite[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Ends the process: it is unknown whether the transaction in which the writer died is on the disk, so that memory may
 * no longer agree with it. A new process reads the disk; feeds and subscribers reconnect by themselves.
 */
function stopProcess(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}

export class WriterHandle implements TableWriter {
  private readonly worker: Worker;
  private waiting: PendingWrite | undefined;
  private dead: Error | undefined;
  private started = false;
  private closing = false;

  private constructor(
    program: URL,
    setup: WriterSetup,
    private readonly ended: (error: Error) => void,
  ) {
    this.worker = new Worker(program, { workerData: setup });
    this.worker.on("message", (message: WriterReply) => {
      const { waiting } = this;
      this.waiting = undefined;
      if (message.kind === "failed")
        waiting?.reject(Object.assign(new Error(message.reason), { code: message.code }));
      else waiting?.resolve();
    });
    this.worker.on("error", (error) => this.died(error));
    this.worker.on("exit", (code) =>
      this.died(new Error(`the thread that writes ${setup.path} has ended (code ${code})`)),
    );
  }

  /**
   * @param ended called for a writer that ended without being closed
   * @throws when the folder cannot be written
   */
  static async start(program: URL, setup: WriterSetup, ended = stopProcess): Promise<WriterHandle> {
    const handle = new WriterHandle(program, setup, ended);
    await handle.next();
    handle.started = true;
    return handle;
  }

  write(writes: readonly TableWrite[]): Promise<void> {
    // The message is copied into a buffer of its own: `pack` returns a view of a buffer into which it packs other
    // records too, and transferring that buffer emptied 54 of 400 answers of another writer.
    const message: WriterCommand = new Uint8Array(pack(writes));
    const written = this.next();
    if (this.dead === undefined) this.worker.postMessage(message, [message.buffer as ArrayBuffer]);
    return written;
  }

  async close(): Promise<void> {
    if (this.dead !== undefined) return;
    const closed = this.next();
    this.closing = true;
    this.worker.postMessage(null);
    await closed;
  }

  private next(): Promise<void> {
    if (this.dead !== undefined) return Promise.reject(this.dead);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  private died(error: Error): void {
    if (this.dead === undefined && this.started && !this.closing) this.ended(error);
    this.dead ??= error;
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
