/** The parent's side of one proving process, which runs one task at a time within limits of time and memory. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type {
  ProvingProcessSetup,
  ProvingReply,
  ProvingRequest,
  ProvingResult,
  ProvingTask,
} from "./messages.js";
import { ProofFailure } from "./proof-failure.js";

export interface ProvingProgram extends ProvingProcessSetup {
  /** The child's program. */
  readonly program: URL;
}

export interface ProvingLimits {
  /** Milliseconds that the task may take. */
  readonly ms: number;
  /** Aborted when the caller no longer needs the result; the process is then killed. */
  readonly signal?: AbortSignal | undefined;
}

interface PendingTask {
  readonly id: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Bytes held beyond the initial ones after which a process is replaced: it would measure too little memory for the
 * next version, which could reuse them.
 */
const leftBytesMax = 24 * 1_048_576;

/**
 * Bytes of address space that the process may reserve beyond its memory limit: Node and ONNX Runtime's arena reserve
 * more than they use. An allocation beyond both limits fails at once, with an error of its own, before a page of it
 * is touched.
 */
const spareBytes = 2 * 1_073_741_824;

/**
 * Makes the allocator return freed memory to the system at once, so that one version's memory is not counted as the
 * next one's.
 */
const allocator = { MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "131072" };

/** Limit on the characters kept of the process's error output. */
const lastWordsMax = 600;

export class ProvingProcess {
  private readonly child: ChildProcess;
  private waiting: PendingTask | undefined;
  private asked = 0;
  private words = "";
  private left = 0;
  private gone = false;

  constructor(private readonly setup: ProvingProgram) {
    this.child = start(setup);
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.words = (this.words + text).slice(-lastWordsMax);
    });
    this.child.on("message", (message: ProvingReply) => this.take(message));
    this.child.on("error", (error) => this.ended(`it could not be started: ${error.message}`));
    this.child.on("close", (code, signal) => this.ended(signal ?? `code ${code}`));
  }

  /** Whether the process can run another task. */
  get usable(): boolean {
    return !this.gone && this.waiting === undefined && this.left <= leftBytesMax;
  }

  get nice(): number {
    return this.setup.nice;
  }

  /** The process's id; undefined when it has ended. */
  get pid(): number | undefined {
    return this.gone ? undefined : this.child.pid;
  }

  /** @throws ProofFailure with the reason; unless its kind is `refused`, the process has ended */
  ask<T extends ProvingTask>(task: T, { ms, signal }: ProvingLimits): Promise<ProvingResult<T>> {
    const cancelled = () => new ProofFailure("cancelled", "the proof was not wanted any more");
    if (signal?.aborted === true) return Promise.reject(cancelled());
    this.asked++;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.waiting = { id: this.asked, resolve, reject };
    });
    const late = setTimeout(() => this.fail(tooLong(ms)), ms);
    const leave = () => this.fail(cancelled());
    signal?.addEventListener("abort", leave, { once: true });
    this.child.send({ id: this.asked, task } satisfies ProvingRequest, (error) => {
      if (error !== null) this.ended(error.message);
    });
    return answer.finally(() => {
      clearTimeout(late);
      signal?.removeEventListener("abort", leave);
    }) as Promise<ProvingResult<T>>; // the child answers each kind of task with its kind of result
  }

  kill(): void {
    this.gone = true;
    this.child.kill("SIGKILL");
  }

  private take(message: ProvingReply): void {
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

/**
 * A shell sets the memory limit and then runs the program; on systems without such a shell the memory is only polled.
 */
function start({ program, ...settings }: ProvingProgram): ChildProcess {
  const setup = JSON.stringify(settings satisfies ProvingProcessSetup);
  const node = [process.execPath, "--expose-gc", fileURLToPath(program), setup] as const;
  const limited = process.platform === "linux";
  const kib = String(Math.ceil((settings.memoryBytes + spareBytes) / 1_024));
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
