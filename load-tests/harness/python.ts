/** A Python process that answers one JSON line to each it is sent; undefined where none can be had. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { promisify } from "node:util";
import { inRepository } from "./places.js";

const peers = (path: string) => inRepository(`load-tests/peers/${path}`);

/** The interpreter beside a peer's requirements, or the system's. @param folder of peers that need others' versions */
export function pythonOf(folder = ""): string {
  const venv = peers(join(folder, ".venv/bin/python"));
  return existsSync(venv) ? venv : "python3";
}

/** @param folder as of `pythonOf` */
export function howToGetPeer(folder = ""): string {
  const at = join("load-tests/peers", folder);
  return `python3 -m venv ${at}/.venv && ${at}/.venv/bin/pip install -r ${at}/requirements.txt`;
}

export const howToGetPython = howToGetPeer();

/** Our own client is taken from the tree, and compiled once, as an installed one is. */
const env = {
  ...process.env,
  PYTHONPATH: inRepository("client/python/src"),
  PYTHONDONTWRITEBYTECODE: "",
};

/** The JSON that a program beside the peers prints. @throws when it cannot run */
export async function runPython(program: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(pythonOf(), [peers(program), ...args], { env });
  return JSON.parse(stdout);
}

/** The interpreter of the environment that trained the models. */
export function trainingPython(): string {
  return process.env["HEADGATE_TRAINING_PYTHON"] ?? "python3";
}

export const howToGetTraining =
  "install training/requirements.txt in an environment, then: python -m training.keep, and set HEADGATE_TRAINING_PYTHON to its python";

export class PythonPeer {
  /** What it said when it was ready. */
  first: Readonly<Record<string, unknown>> = {};
  private readonly waiting: ((line: string) => void)[] = [];
  /** Resolves, with what came of it, when the process has ended. */
  private readonly ended: Promise<string>;

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    lines: Interface,
  ) {
    lines.on("line", (line) => this.waiting.shift()?.(line));
    child.stdin.on("error", () => {}); // that nobody reads any more is told by its end
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(`the Python process ended with ${signal ?? code}`));
    });
  }

  /** Undefined when it cannot start: no Python, or not what its requirements name. */
  static async start(
    program: string,
    { python = pythonOf(), args = [] }: { readonly python?: string; readonly args?: readonly string[] } = {},
  ): Promise<PythonPeer | undefined> {
    const child = spawn(python, [peers(program), ...args], { stdio: ["pipe", "pipe", "pipe"], env });
    const peer = new PythonPeer(child, createInterface({ input: child.stdout }));
    const first = new Promise<string>((resolve) => peer.waiting.push(resolve));
    const said = await Promise.race([first, peer.ended.then(() => undefined)]);
    if (said === undefined) return undefined;
    peer.first = JSON.parse(said) as Record<string, unknown>;
    return peer;
  }

  /**
   * @param limitMs after which it is ended, for its answer would be taken for a later one's
   * @throws Error when the process ends instead, or is late
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
