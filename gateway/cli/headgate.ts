#!/usr/bin/env node
/**
 * `headgate`: the gateway's own command line, and beside it `headgate bench` and `headgate load`. They are put together
 * here because the gateway knows nothing of what measures it.
 */
export {}; // a module, so that it may await

const beside = {
  bench: {
    takes: "<suite>",
    program: "../../load-tests/bench.js",
    does: "Measure it against peers, or all: against its budgets",
  },
  load: {
    takes: "<scenario>",
    program: "../../load-tests/load.js",
    does: "Put a load on a gateway, and write what became of it",
  },
} as const;

const [first = ""] = process.argv.slice(2);
if (first === "bench" || first === "load") {
  process.argv.splice(2, 1); // each reads its own arguments
  await import(beside[first].program);
} else {
  const { gatewayCommand } = await import("./serve.js");
  const command = gatewayCommand();
  for (const [name, { takes, does }] of Object.entries(beside))
    command.command(`${name} ${takes}`).description(does);
  await command.parseAsync();
}
