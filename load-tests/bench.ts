/** `npm run bench -- SUITE [--json]`: measures, prints a table, and with --json one JSON object as the last line. */
import { Command } from "commander";
import { machine, type Report, type Row, table } from "./report.js";
import { numerics } from "./suites/numerics.js";
import { python } from "./suites/python.js";
import { startup } from "./suites/startup.js";
import { swapped100 } from "./suites/swaps.js";
import { wire } from "./suites/wire.js";

const suites: Readonly<Record<string, (say: (line: string) => void) => Promise<Row[]>>> = {
  wire,
  numerics,
  startup,
  python,
  swaps: swapped100,
};

await new Command("bench")
  .argument("<suite>", Object.keys(suites).join(", "))
  .option("--json", "print the figures as one JSON object on the last line")
  .action(async (suite: string, { json }: { json?: true }) => {
    const measure = suites[suite];
    if (measure === undefined) {
      console.error(`no suite ${suite}; there are ${Object.keys(suites).join(", ")}`);
      process.exit(2);
    }
    console.error(`${suite}: measuring, half a minute to two minutes`);
    const report: Report = { suite, machine: machine(), rows: await measure((line) => console.error(line)) };
    console.error(table(report));
    if (json) console.log(JSON.stringify(report));
  })
  .parseAsync();
