/**
 * Measures what an agent's container costs: seconds from the start of its process to its first answer, and its memory
 * then. A container that asks the gateway stands beside one that imports scikit-learn and computes the same.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inRepository } from "../../load-tests/harness/places.js";
import { pythonEnvironment, pythonOf } from "../../load-tests/harness/python.js";
import { median } from "../../load-tests/report.js";

export interface ContainerFigures {
  readonly name: string;
  /** Seconds from the start of the process to its first answer; null when it could not be run. */
  readonly start_s: number | null;
  readonly memory_mb: number | null;
  /** How to make it run, when it could not; null otherwise. */
  readonly missing: string | null;
}

/** Each is started so many times, in turn with the others. */
export const containerRuns = 3;
/** Milliseconds after which a container counts as one that does not start. */
const startMsMax = 20_000;

interface ContainerProgram {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly howToGet: string;
}

interface ContainerStart {
  readonly start_s: number;
  readonly memory_mb: number;
}

function programs(url: string): readonly ContainerProgram[] {
  const agentStart = inRepository("load-tests/peers/agent_start.py");
  const command = pythonOf();
  const howToGet = (what: string) => `${command} cannot: pip install ${what}, or set HEADGATE_PYTHON`;
  return [
    {
      name: "TypeScript, asks the gateway",
      command: process.execPath,
      args: [inRepository("dist/examples/demo/agent-start.js"), url],
      howToGet: "the container could not be started",
    },
    {
      name: "Python, asks the gateway",
      command,
      args: [agentStart, "headgate", url],
      howToGet: howToGet("./client/python"),
    },
    {
      name: "Python, imports scikit-learn",
      command,
      args: [agentStart, "sklearn"],
      howToGet: howToGet("scikit-learn"),
    },
  ];
}

/** @param signal ends the measurement after the current start */
export async function measureContainers(
  url: string,
  signal: AbortSignal,
): Promise<readonly ContainerFigures[]> {
  const all = programs(url).map((program) => ({ program, starts: [] as ContainerStart[], failed: false }));
  // The first round is not counted: it reads the files from the disk and compiles Python's.
  for (let round = 0; round <= containerRuns; round++)
    for (const each of all) {
      if (each.failed || signal.aborted) continue;
      const start = await startOnce(each.program);
      if (start === undefined) each.failed = true;
      else if (round > 0) each.starts.push(start);
    }
  return all.map(({ program: { name, howToGet }, starts, failed }) => {
    if (failed || starts.length === 0) return { name, start_s: null, memory_mb: null, missing: howToGet };
    const start_s = median(starts.map((start) => start.start_s));
    return { name, start_s, memory_mb: median(starts.map((start) => start.memory_mb)), missing: null };
  });
}

/** Starts a container once; undefined when it gives no answer. */
async function startOnce({ command, args }: ContainerProgram): Promise<ContainerStart | undefined> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], env: pythonEnvironment });
  const late = setTimeout(() => child.kill("SIGKILL"), startMsMax);
  try {
    const line = await firstLine(child);
    const start_s = (performance.now() - started) / 1_000;
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
      await once(child, "exit");
    return line === undefined
      ? undefined
      : { start_s, ...(JSON.parse(line) as { readonly memory_mb: number }) };
  } finally {
    clearTimeout(late);
  }
}

/** The first line that the process prints; undefined when it ends without one. */
function firstLine(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(undefined));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.once("line", resolve);
    lines.once("close", () => resolve(undefined));
  });
}
