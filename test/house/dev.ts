/**
 * `npm run dev -- [flags of the gateway]`: compiles at every change of a source file and restarts the gateway after
 * each compilation without errors. Its data lies in `.dev-data`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";

/** Milliseconds to wait after a change: an editor or a checkout writes several files at once. */
const quietMs = 200;

const { include } = JSON.parse(readFileSync("tsconfig.build.json", "utf8")) as { include: string[] };

let gateway: ChildProcess | undefined;
/** Runs one after another: the new gateway needs the port and the data folder of the old one. */
let runs: Promise<unknown> = restart();
let pending: NodeJS.Timeout | undefined;

// `tsc --watch` is not used: TypeScript 7.0 watches by fanotify, which reports no changes inside a container.
const watchers = include.map((folder) =>
  watch(folder, { recursive: true }, (_event, file) => {
    if (!file?.endsWith(".ts")) return;
    clearTimeout(pending);
    pending = setTimeout(() => {
      runs = runs.then(compileAndRestart);
    }, quietMs);
  }),
);

async function compileAndRestart(): Promise<void> {
  console.log("a source file changed: compiling");
  const compiler = spawn("npx", ["tsc", "-p", "tsconfig.build.json"], { stdio: "inherit" });
  const [status] = await once(compiler, "exit");
  if (status === 0) await restart();
}

async function restart(): Promise<void> {
  await end(gateway);
  const flags = ["--data", ".dev-data", ...process.argv.slice(2)];
  gateway = spawn(process.execPath, ["--enable-source-maps", "dist/gateway/main.js", ...flags], {
    stdio: "inherit",
  });
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

// The first signal stops everything; the gateway drains before it exits.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    clearTimeout(pending);
    for (const watcher of watchers) watcher.close();
    void runs.then(() => end(gateway)).then(() => process.exit(0));
  });
