/** A Python process that answers one JSON line to each it is sent; undefined where none can be had. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const peers = (path: string) => fileURLToPath(new URL(`../../../load-tests/peers/${path}`, import.meta.url));

/** The interpreter beside the peers' requirements, or the system's. */
export function pythonOf(): string {
  const venv = peers(".venv/bin/python");
  return existsSync(venv) ? venv : "python3";
}

export const howToGetPython =
  "python3 -m venv load-tests/peers/.venv && load-tests/peers/.venv/bin/pip install -r load-tests/peers/requirements.txt";

/** Our own client is taken from the tree. */
const env = {
  ...process.env,
  PYTHONPATH: fileURLToPath(new URL("../../../client/python/src", import.meta.url)),
};

/** The JSON that a program beside the peers prints. @throws when it cannot run */
export async function runPython(program: string, args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(pythonOf(), [peers(program), ...args], { env });
  return JSON.parse(stdout);
}

export class PythonPeer {
  private readonly waiting: ((line: string) => void)[] = [];

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    lines: Interface,
  ) {
    lines.on("line", (line) => this.waiting.shift()?.(line));
  }

  /** Undefined when it cannot start: no Python, or not what its requirements name. */
  static async start(program: string, args: readonly string[] = []): Promise<PythonPeer | undefined> {
    const child = spawn(pythonOf(), [peers(program), ...args], { stdio: ["pipe", "pipe", "pipe"], env });
    const peer = new PythonPeer(child, createInterface({ input: child.stdout }));
    const ended = new Promise<undefined>((resolve) => {
      child.once("error", () => resolve(undefined));
      child.once("exit", () => resolve(undefined));
    });
    const first = new Promise<string>((resolve) => peer.waiting.push(resolve));
    return (await Promise.race([first, ended])) === undefined ? undefined : peer;
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
