/**
 * A Python process that answers each JSON line it is sent with one JSON line; undefined when no suitable Python
 * exists.
 */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { promisify } from "node:util";
import { inRepository } from "./places.js";

const peers = (path: string) => inRepository(`load-tests/peers/${path}`);

/**
 * The interpreter that HEADGATE_PYTHON names, else that of the virtual environment beside the peers' requirements,
 * else the system's.
 * @param folder of peers that need other versions of their libraries; HEADGATE_PYTHON does not have those
 */
export function pythonOf(folder = ""): string {
  const named = process.env["HEADGATE_PYTHON"];
  if (folder === "" && named) return named;
  const venv = peers(join(folder, ".venv/bin/python"));
  return existsSync(venv) ? venv : "python3";
}

/**
 * A sentence on how to install the peers.
 * @param folder as in `pythonOf`
 */
export function howToGetPeer(folder = ""): string {
  const at = join("load-tests/peers", folder);
  return `python3 -m venv ${at}/.venv && ${at}/.venv/bin/pip install -r ${at}/requirements.txt`;
}

export const howToGetPython = howToGetPeer();

/** Headgate's own client is imported from the source tree, and compiled once, as an installed package is. */
export const pythonEnvironment = {
  ...process.env,
  PYTHONPATH: inRepository("client/python/src"),
  PYTHONDONTWRITEBYTECODE: "",
};

/**
 * Runs a Python program beside the peers and returns the JSON that it prints.
 * @throws Error when it cannot run
 */
export async function runPython(program: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(pythonOf(), [peers(program), ...args], {
    env: pythonEnvironment,
  });
  return JSON.parse(stdout);
}

/** The interpreter of the environment that trained the models. */
export function trainingPython(): string {
  return process.env["HEADGATE_TRAINING_PYTHON"] ?? "python3";
}

export const howToGetTraining =
  "install training/requirements.txt in an environment, then: python -m training.keep, and set HEADGATE_TRAINING_PYTHON to its python";

export class PythonPeer {
  /** The JSON line that the process printed when it was ready. */
  first: Readonly<Record<string, unknown>> = {};
  private readonly waiting: ((line: string) => void)[] = [];
  /** Resolves when the process has ended, with a text that says how. */
  private readonly ended: Promise<string>;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    lines: Interface,
  ) {
    lines.on("line", (line) => this.waiting.shift()?.(line));
    child.stdin.on("error", () => {}); // Ignored: the process's end is reported by its exit
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(`the Python process ended with ${signal ?? code}`));
    });
  }

  /** Undefined when the process cannot start: there is no Python, or a required package is missing. */
  static async start(
    program: string,
    { python = pythonOf(), args = [] }: { readonly python?: string; readonly args?: readonly string[] } = {},
  ): Promise<PythonPeer | undefined> {
    const child = spawn(python, [peers(program), ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      env: pythonEnvironment,
    });
    const peer = new PythonPeer(child, createInterface({ input: child.stdout }));
    const first = new Promise<string>((resolve) => peer.waiting.push(resolve));
    const said = await Promise.race([first, peer.ended.then(() => undefined)]);
    if (said === undefined) return undefined;
    peer.first = JSON.parse(said) as Record<string, unknown>;
    return peer;
  }

  /**
   * @param limitMs after which the process is ended, because its late answer would be taken for the answer to a later
   * question
   * @throws Error when the process ends without an answer, or is late
   */
  async ask(question: object, limitMs = 600_000): Promise<Readonly<Record<string, unknown>>> {
    const answer = new Promise<string>((resolve) => this.waiting.push(resolve));
    const late = setTimeout(() => this.child.kill("SIGKILL"), limitMs);
    const ended = this.ended.then((how) => Promise.reject(new Error(how)));
    try {
      this.child.stdin.write(`${JSON.stringify(question)}\n`);
      return JSON.parse(await Promise.race([answer, ended])) as Record<string, unknown>;
    } finally {
      clearTimeout(late);
    }
  }

  stop(): void {
    this.child.stdin.end();
  }
}
