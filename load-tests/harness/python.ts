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
  "install models/training/requirements.txt in an environment, then: cd models && python -m training.keep, and set HEADGATE_TRAINING_PYTHON to its python";

export class PythonPeer {
  /** What it said when it was ready. */
  first: Readonly<Record<string, unknown>> = {};
  private readonly waiting: ((line: string) => void)[] = [];

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    lines: Interface,
  ) {
    lines.on("line", (line) => this.waiting.shift()?.(line));
  }

  /** Undefined when it cannot start: no Python, or not what its requirements name. */
  static async start(
    program: string,
    { python = pythonOf(), args = [] }: { readonly python?: string; readonly args?: readonly string[] } = {},
  ): Promise<PythonPeer | undefined> {
    const child = spawn(python, [peers(program), ...args], { stdio: ["pipe", "pipe", "pipe"], env });
    const peer = new PythonPeer(child, createInterface({ input: child.stdout }));
    const ended = new Promise<undefined>((resolve) => {
      child.once("error", () => resolve(undefined));
      child.once("exit", () => resolve(undefined));
    });
    const first = new Promise<string>((resolve) => peer.waiting.push(resolve));
    const said = await Promise.race([first, ended]);
    if (said === undefined) return undefined;
    peer.first = JSON.parse(said) as Record<string, unknown>;
    return peer;
  }

  async ask(question: object): Promise<Readonly<Record<string, unknown>>> {
    const answer = new Promise<string>((resolve) => this.waiting.push(resolve));
    this.child.stdin.write(`${JSON.stringify(question)}\n`);
    return JSON.parse(await answer) as Record<string, unknown>;
  }

  stop(): void {
    this.child.stdin.end();
  }
}
