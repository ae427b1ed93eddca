/** Looks at the memory of the processes that train, and ends those that have more than they may. */
import { HeadgateError } from "../../protocol/errors.js";
import type { GroupMemory } from "./group-memory.js";

/** A process whose memory is watched. */
export interface WatchedProcess {
  readonly pid: number | undefined;
  /** Ends it with this reason. */
  fail(error: HeadgateError): void;
}

/** Milliseconds between two looks: at 5 GB/s, which is fast, a process gets a gigabyte further meanwhile. */
const everyMs = 250;

export class MemoryWatch {
  private readonly watched = new Set<WatchedProcess>();
  private readonly bytes = new WeakMap<WatchedProcess, number>();
  private isRunning = false;

  /** @param bytesMax resident bytes that a process may have with all that it starts */
  constructor(
    private readonly memory: GroupMemory,
    private readonly bytesMax: number,
  ) {}

  /** Resident bytes of the process when they were last looked at; 0 before. */
  residentOf(process: WatchedProcess): number {
    return this.bytes.get(process) ?? 0;
  }

  begin(process: WatchedProcess): void {
    this.watched.add(process);
    if (!this.isRunning) void this.run();
  }

  end(process: WatchedProcess): void {
    this.watched.delete(process);
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    while (this.watched.size > 0) {
      await new Promise<void>((resolve) => setTimeout(resolve, everyMs).unref());
      await this.look().catch(() => {}); // What cannot be looked at now is looked at again.
    }
    this.isRunning = false;
  }

  private async look(): Promise<void> {
    const byPid = new Map<number, WatchedProcess>();
    for (const process of this.watched) if (process.pid !== undefined) byPid.set(process.pid, process);
    for (const [pid, bytes] of await this.memory.resident(new Set(byPid.keys()))) {
      const process = byPid.get(pid);
      if (process === undefined || !this.watched.has(process)) continue;
      this.bytes.set(process, bytes);
      if (bytes > this.bytesMax) await this.confirm(process, pid);
    }
  }

  /** Pages that processes of the group share were counted for each of them: they are counted again, once. */
  private async confirm(process: WatchedProcess, pid: number): Promise<void> {
    const bytes = await this.memory.proportional(pid);
    this.bytes.set(process, bytes);
    if (bytes > this.bytesMax && this.watched.has(process)) process.fail(tooMuch(bytes, this.bytesMax));
  }
}

function tooMuch(bytes: number, most: number): HeadgateError {
  const message = `the training took ${bytes} bytes of memory and may take ${most}: train on fewer rows or a smaller model, or raise training.memory_bytes`;
  return new HeadgateError("resource_exhausted", message, { retryable: false, processed: "maybe" });
}
