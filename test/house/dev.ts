/**
 * `npm run dev -- [flags of the gateway]`: compiles at every change and restarts the gateway after each compilation
 * without errors. The gateway's data folder is `.dev-data`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const compiler = spawn("npx", ["tsc", "-p", "tsconfig.build.json", "--watch", "--preserveWatchOutput"], {
  stdio: ["ignore", "pipe", "inherit"],
});

let gateway: ChildProcess | undefined;
/** Restarts run one after another: the new gateway needs the port and the data folder of the old one. */
let restarts: Promise<unknown> = Promise.resolve();

for await (const line of createInterface({ input: stopOnSignal(compiler).stdout })) {
  console.log(line);
  if (line.includes("Found 0 errors")) restarts = restarts.then(restart);
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

/** The first signal ends both processes; the gateway drains before it exits. */
function stopOnSignal<Child extends ChildProcess>(child: Child): Child {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      child.kill("SIGTERM");
      restarts.then(() => end(gateway)).then(() => process.exit(0));
    });
  return child;
}
