/**
 * `node hold.js group|single COMMAND ARGUMENTS`: runs a foreign program as a child and ends it when this process's
 * own standard input ends. Servers in other languages do not notice that the measuring process was killed.
 */
import { spawn } from "node:child_process";

const [group, command = "", ...args] = process.argv.slice(2);
/** Whether this process leads a process group of its own, which contains only this process and its descendants. */
const ownGroup = group === "group";
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", ({ message }) => {
  console.error(`${command}: ${message}`);
  process.exit(127);
});
child.once("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill(signal));
process.stdin.resume().once("end", () => {
  child.kill("SIGKILL");
  // Ends the whole group: the child, the processes it started, and this process.
  if (ownGroup) process.kill(0, "SIGKILL");
});
