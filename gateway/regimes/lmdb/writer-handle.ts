/** The writer as the socket thread sees it: one transaction at a time. */
import { Worker } from "node:worker_threads";
import { pack, type Write } from "./layout.js";
import type { FromWriter, ToWriter, WriterSetup } from "./writer.js";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface Writer {
  /** Settles once the writes are on the medium. @throws when none of them is */
  write(writes: readonly Write[]): Promise<void>;
  close(): Promise<void>;
}

export class WriterHandle implements Writer {
  private readonly worker: Worker;
  private waiting: Waiting | undefined;
  private dead: Error | undefined;

  private constructor(program: URL, setup: WriterSetup) {
    this.worker = new Worker(program, { workerData: setup });
    this.worker.on("message", (message: FromWriter) => {
      const { waiting } = this;
      this.waiting = undefined;
      if (message.kind === "failed") waiting?.reject(new Error(message.reason));
      else waiting?.resolve();
    });
    this.worker.on("error", (error) => this.died(error));
    this.worker.on("exit", () => this.died(new Error("the journal's writer has ended")));
  }

  /** @throws when the folder cannot be written */
  static async start(program: URL, setup: WriterSetup): Promise<WriterHandle> {
    const handle = new WriterHandle(program, setup);
    await handle.next();
    return handle;
  }

  write(writes: readonly Write[]): Promise<void> {
    const message: ToWriter = pack(writes).slice();
    const written = this.next();
    if (this.dead === undefined) this.worker.postMessage(message, [message.buffer as ArrayBuffer]);
    return written;
  }

  async close(): Promise<void> {
    if (this.dead !== undefined) return;
    const closed = this.next();
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
    this.dead ??= error;
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
