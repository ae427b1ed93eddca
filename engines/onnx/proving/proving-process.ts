/** This process's side of one proving process: it does one task at a time, within limits of time and memory. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ChildSetup, FromChild, ResultOf, Task, ToChild } from "./messages.js";
import { ProofFailure } from "./proof-failure.js";

export interface ProcessSetup extends ChildSetup {
  /** The child's program. */
  readonly program: URL;
}

export interface Bounds {
  /** Milliseconds. */
  readonly ms: number;
  /** Aborted: nobody wants to know any more, and the process is ended. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting {
  readonly id: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Bytes held beyond the start after which a process is replaced: what it would measure next would lie. */
const leftBytesMax = 24 * 1_048_576;

/**
 * Bytes it may ask the system for beyond those it may hold: Node asks for more than it uses, and so does ONNX
 * Runtime's arena. What goes beyond both fails at once and is told as such, before a page of it is touched.
 */
const spareBytes = 2 * 1_073_741_824;

/** Given back to the system at once, so that one version's memory is not counted as the next one's. */
const allocator = { MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "131072" };

/** Characters of what it wrote on its way out. */
const lastWordsMax = 600;

export class ProvingProcess {
  private readonly child: ChildProcess;
  private waiting: Waiting | undefined;
  private asked = 0;
  private words = "";
  private left = 0;
  private gone = false;

  constructor(private readonly setup: ProcessSetup) {
    this.child = start(setup);
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.words = (this.words + text).slice(-lastWordsMax);
    });
    this.child.on("message", (message: FromChild) => this.take(message));
    this.child.on("error", (error) => this.ended(`it could not be started: ${error.message}`));
    this.child.on("close", (code, signal) => this.ended(signal ?? `code ${code}`));
  }

  /** It can be given another task. */
  get usable(): boolean {
    return !this.gone && this.waiting === undefined && this.left <= leftBytesMax;
  }

  get gentle(): boolean {
    return this.setup.gentle;
  }

  /** Undefined: it has ended. */
  get pid(): number | undefined {
    return this.gone ? undefined : this.child.pid;
  }

  /** @throws ProofFailure with the reason; unless it was `refused`, the process has ended then */
  ask<T extends Task>(task: T, { ms, signal }: Bounds): Promise<ResultOf<T>> {
    const cancelled = () => new ProofFailure("cancelled", "the proof was not wanted any more");
    if (signal?.aborted === true) return Promise.reject(cancelled());
    this.asked++;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting = { id: this.asked, resolve, reject };
    });
    const late = setTimeout(() => this.fail(tooLong(ms)), ms);
    const leave = () => this.fail(cancelled());
    signal?.addEventListener("abort", leave, { once: true });
    this.child.send({ id: this.asked, task } satisfies ToChild, (error) => {
      if (error !== null) this.ended(error.message);
    });
    return answer.finally(() => {
      clearTimeout(late);
      signal?.removeEventListener("abort", leave);
    }) as Promise<ResultOf<T>>; // the child answers each kind of task with its kind of result
  }

  kill(): void {
    this.gone = true;
    this.child.kill("SIGKILL");
  }

  private take(message: FromChild): void {
    if (message.kind === "over") return this.fail(tooMuch(message.bytes, this.setup.memoryBytes));
    const { waiting } = this;
    if (waiting === undefined || message.id !== waiting.id) return;
    this.waiting = undefined;
    this.left = message.left;
    if (message.kind === "answered") waiting.resolve(message.result);
    else waiting.reject(new ProofFailure("refused", message.reason));
  }

  private ended(how: string): void {
    this.gone = true;
    const words = this.words.trim();
    const said = words === "" ? "" : `: ${words}`;
    this.fail(new ProofFailure("crash", `the process that proved it ended (${how})${said}`));
  }

  private fail(error: ProofFailure): void {
    const { waiting } = this;
    this.waiting = undefined;
    this.kill();
    waiting?.reject(error);
  }
}

/** A shell sets the limit and becomes the program; where there is none, the memory is only watched. */
function start({ program, memoryBytes, gentle }: ProcessSetup): ChildProcess {
  const setup = JSON.stringify({ memoryBytes, gentle } satisfies ChildSetup);
  const node = [process.execPath, "--expose-gc", fileURLToPath(program), setup] as const;
  const limited = process.platform === "linux";
  const kib = String(Math.ceil((memoryBytes + spareBytes) / 1_024));
  const [command, ...args] = limited
    ? (["/bin/sh", "-c", 'ulimit -d "$0" 2>/dev/null; exec "$@"', kib, ...node] as const)
    : node;
  return spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    env: { ...process.env, ...allocator },
  });
}

function tooLong(ms: number): ProofFailure {
  return new ProofFailure(
    "time",
    `it was not proven within ${ms} ms: its golden run may have no end; if it only takes long, raise repository.proof_ms (of the command line, --proof-ms)`,
  );
}

function tooMuch(bytes: number, most: number): ProofFailure {
  return new ProofFailure(
    "memory",
    `it took ${bytes} bytes of memory and may take ${most}: set max_batch_size lower, or raise repository.proof_memory_bytes`,
  );
}
