#!/usr/bin/env node
/**
 * `headgate`: the gateway's own command line, and beside it `headgate bench` and `headgate load`. They are put together
 * here because the gateway knows nothing of what measures it.
 */
export {}; // a module, so that it may await

const beside: Readonly<Record<string, string>> = {
  bench: "../load-tests/bench.js",
  load: "../load-tests/load.js",
};

const [first = ""] = process.argv.slice(2);
const program = Object.hasOwn(beside, first) ? beside[first] : undefined;
if (program !== undefined) process.argv.splice(2, 1);
if (["--help", "-h", "help"].includes(first) && process.argv.length === 3) process.once("exit", tellOfBeside);
await import(program ?? "../gateway/main.js");

function tellOfBeside(): void {
  console.log("  bench <suite>      Measure it against peers, or all: against its budgets");
  console.log("  load <scenario>    Put a load on a gateway, and write what became of it");
}
