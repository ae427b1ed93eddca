#!/usr/bin/env node
/**
 * `headgate`: the gateway's command line, with `headgate bench` and `headgate load` beside it. They are combined here
 * because gateway/ must not import load-tests/.
 */
export {}; // makes this a module, so that it may await

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
  process.argv.splice(2, 1); // bench and load read the arguments after their own name
  await import(beside[first].program);
} else {
  const { gatewayCommand } = await import("./serve.js");
  const command = gatewayCommand();
  for (const [name, { takes, does }] of Object.entries(beside))
    command.command(`${name} ${takes}`).description(does);
  await command.parseAsync();
}
