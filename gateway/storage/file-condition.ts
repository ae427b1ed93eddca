/**
 * Whether a file, or the files of a folder, can be written. What was refused is tried again until it is taken, without
 * any request, because an unready gateway gets none.
 */
import type { Clock } from "../clock.js";
import { type WriteFault, writeFaultOf } from "./write-fault.js";

export interface StorageHealthEvents {
  readonly failed: (file: string, fault: WriteFault, error: unknown) => void;
  readonly recovered: (file: string) => void;
}

export interface FileTries {
  /** Writes `probeBytes`, and tells the condition how that ended. */
  readonly probe: () => Promise<void>;
  /** Removes what a probe wrote. */
  readonly recovered: () => Promise<void>;
}

/** Milliseconds between two tries of a file that could not be written. */
const probeMs = 2_000;
/** Bytes of a try: more than an ordinary commit, because the last page of a full disk may still be free. */
export const probeBytes = 65_536;

export class FileCondition {
  /** Writes that were refused. */
  failures = 0;
  fault: WriteFault | undefined;
  private stopProbing: () => void = () => {};
  private closed = false;

  constructor(
    readonly file: string,
    private readonly clock: Clock,
    private readonly events: StorageHealthEvents,
    private readonly tries: FileTries,
  ) {}

  close(): void {
    this.closed = true;
    this.stopProbing();
  }

  wrote(): void {
    if (this.fault === undefined) return;
    this.fault = undefined;
    this.stopProbing();
    this.events.recovered(this.file);
    this.tries.recovered().catch(() => undefined);
  }

  refused(error: unknown): void {
    this.failures++;
    const before = this.fault;
    this.fault = writeFaultOf(error) ?? {
      reason: "it refused a write",
      advice: "The error tells more; nothing that is there was changed.",
    };
    if (before?.reason !== this.fault.reason) this.events.failed(this.file, this.fault, error);
    this.stopProbing();
    if (!this.closed) this.stopProbing = this.clock.after(probeMs, () => this.probe());
  }

  private probe(): void {
    this.tries.probe().catch(() => undefined);
  }
}
