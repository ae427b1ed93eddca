#!/usr/bin/env node
/**
 * `headgate`: the gateway's command line, with `headgate demo`, `bench` and `load` beside it. They are combined here
 * because gateway/ must not import examples/ and load-tests/. `headgate health` is beside it because it must start quickly: it takes
 * 70 ms, and the command line with the gateway in it 500.
 */
export {}; // makes this a module, so that it may await

const beside = {
  health: {
    takes: "[live|ready]",
    program: "./health.js",
    does: "Ask the gateway on this machine whether it is alive or ready; exits with 0 or 1",
  },
  demo: {
    takes: "",
    program: "../../examples/demo/main.js",
    does: "Replay twenty years of the S&P 500 through a gateway of its own, and draw what it found",
  },
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

const isBeside = (name: string): name is keyof typeof beside => Object.hasOwn(beside, name);

const [first = ""] = process.argv.slice(2);
if (isBeside(first)) {
  process.argv.splice(2, 1); // these programs read the arguments after their own name
  await import(beside[first].program);
} else {
  const { gatewayCommand } = await import("./serve.js");
  const command = gatewayCommand();
  for (const [name, { takes, does }] of Object.entries(beside))
    command.command(`${name} ${takes}`.trim()).description(does);
  await command.parseAsync();
}
