/** Starts a trainer's process: in a process group of its own, which ends with the gateway however that ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { setPriority } from "node:os";

/** What is run, and what it is given of the gateway's environment. */
export interface TrainerProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** The working folder. */
  readonly folder: string;
  /** All of the environment variables: secrets of the gateway's own are not passed on. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The shell becomes the program, and leaves a process in the group that waits for the end of descriptor 4. The gateway
 * holds the other end and never writes: the end comes when it has ended, even killed, and then the whole group is
 * killed. The program need not notice by itself, which Python cannot while a library holds its lock. No core is
 * dumped, which would have the size of the data.
 */
const guarded =
  'ulimit -c 0; (read -r _ <&4; kill -s KILL -- -$$) </dev/null >/dev/null 2>&1 3>&- & exec 4<&-; exec "$0" "$@"';

/**
 * How much sooner than other processes the system ends it when memory runs out: it asked for the memory, and the
 * gateway serves others.
 */
const oomScore = "600";

/** @param nice from 0 to 19; higher is of lower priority */
export function startTrainer(program: TrainerProgram, nice: number): ChildProcess {
  const { command, args, folder, variables } = program;
  const child = spawn("/bin/sh", ["-c", guarded, command, ...args], {
    cwd: folder,
    env: { ...variables },
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) return child; // its `error` event says why
  // Both are refused on some systems and in some containers, where training goes on without.
  try {
    setPriority(pid, nice);
  } catch {}
  if (process.platform === "linux")
    void writeFile(`/proc/${pid}/oom_score_adj`, oomScore).catch(() => undefined);
  return child;
}

/** Kills every process of a trainer's group. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // All of them have ended already.
  }
}

/** Names of the gateway's environment variables that a trainer is given: none of them holds a secret. */
const passedOn =
  /^(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|CUDA_\w+|NVIDIA_VISIBLE_DEVICES|LD_LIBRARY_PATH|SSL_CERT_FILE)$/;

export interface PythonProgramOptions {
  readonly python: string;
  /** The folder of the package `headgate_trainer`. */
  readonly source: string;
  readonly threads: number;
  /** Folds of one backtest that are fitted at one time. */
  readonly foldWorkers: number;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** The package `headgate_trainer` in an environment's Python. */
export function pythonProgram({
  python,
  source,
  threads,
  foldWorkers,
  variables,
}: PythonProgramOptions): TrainerProgram {
  const kept = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0]),
  );
  return {
    command: python,
    args: ["-m", "headgate_trainer"],
    // Python looks for modules in the working folder first: in the gateway's own a file could stand in for a library.
    folder: source,
    variables: {
      ...Object.fromEntries(kept),
      ...threadVariables(String(threads)),
      HEADGATE_TRAINER_FOLD_WORKERS: String(foldWorkers),
      PYTHONPATH: source,
      PYTHONNOUSERSITE: "1",
      PYTHONHASHSEED: "0",
      PYTHONUNBUFFERED: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONUTF8: "1",
    },
  };
}

/** Each library reads the number of its threads from a variable of its own. */
function threadVariables(threads: string): Record<string, string> {
  return {
    OMP_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    NUMEXPR_NUM_THREADS: threads,
    VECLIB_MAXIMUM_THREADS: threads,
    LOKY_MAX_CPU_COUNT: threads,
    HEADGATE_TRAINER_THREADS: threads,
    // Threads that wait sleep rather than spin: a spinning one takes the core that another one needs.
    OMP_WAIT_POLICY: "PASSIVE",
  };
}
