/**
 * `node hold.js group|single COMMAND ARGUMENTS`: runs a program that is not ours as a child, and ends it when this process's own
 * standard input ends: other languages' servers do not notice that whoever measured them was killed.
 */
import { spawn } from "node:child_process";

const [group, command = "", ...args] = process.argv.slice(2);
/** Whether this process leads a process group of its own, in which there is nobody else's process. */
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
  if (ownGroup) process.kill(0, "SIGKILL"); // what the child started, too, and this process
});
