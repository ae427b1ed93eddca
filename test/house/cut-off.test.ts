/** A test run that is ended by any signal leaves no process behind: no gateway, no worker, no server. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const config = join(root, "test/house/cut-off/vitest.config.ts");
let folder: string;
let runner: ChildProcess | undefined;
let descendants: readonly Running[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-cut-off-"));
  mkdirSync(join(folder, "models"));
});
afterEach(() => {
  runner?.kill("SIGKILL");
  for (const { pid } of descendants.filter(runs)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** The process's start, in ticks since the machine's start: a process id that is used again has another start. */
  readonly startedAt: string;
}

/**
 * The processes that run on this machine, without those that have ended and wait for their parent to collect them.
 */
function running(): Running[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (fields[0] === "Z" || fields[0] === "X") return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: Number(fields[1]), command, startedAt: fields[19] ?? "" }];
      } catch {
        return []; // The process has ended meanwhile
      }
    });
}

function runs({ pid, startedAt }: Running): boolean {
  return running().some((each) => each.pid === pid && each.startedAt === startedAt);
}

function descendantsOf(pid: number): Running[] {
  const all = running();
  const found: Running[] = [];
  for (let parents = [pid]; parents.length > 0; ) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map((child) => child.pid);
  }
  return found;
}

async function until(met: () => boolean, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (!met() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  return met();
}

it.skipIf(!existsSync("/proc/self/stat")).each(["SIGTERM", "SIGINT", "SIGKILL"] as const)(
  "by %s",
  { timeout: 180_000 },
  async (signal) => {
    const started = join(folder, "started");
    const { VITEST: _, VITEST_WORKER_ID: __, VITEST_POOL_ID: ___, ...env } = process.env;
    const child = spawn(process.execPath, [vitest, "run", "--config", config], {
      cwd: root,
      env: {
        ...env,
        CUT_OFF_STARTED: started,
        CUT_OFF_MODELS: join(folder, "models"),
        CUT_OFF_DATA: join(folder, "data"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    runner = child;
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
    await until(() => existsSync(started) || child.exitCode !== null, 120_000);
    expect(existsSync(started), said).toBe(true);
    descendants = descendantsOf(child.pid ?? -1);
    const gateways = descendants.filter(({ command }) => command.includes("gateway/main.js"));
    expect(gateways.length).toBeGreaterThanOrEqual(3); // One of the three was started through a shell
    expect(descendants.filter(({ command }) => command.includes("notices nothing"))).toHaveLength(4);
    child.kill(signal);
    // At the first SIGINT the runner waits for the current test; a second SIGINT, as from an impatient user, ends it.
    if (signal === "SIGINT") await until(() => false, 500).then(() => child.kill(signal));
    await until(() => !descendants.some(runs), 30_000);
    expect(descendants.filter(runs)).toEqual([]);
  },
);
