/** `npm run bench -- SUITE [--json]`: measures, prints a table, and with --json one JSON object as the last line. */
import { Command } from "commander";
import { machine, type Report, type Row, table } from "./report.js";
import { fanout } from "./suites/fanout.js";
import { shippedModels } from "./suites/models.js";
import { numerics } from "./suites/numerics.js";
import { overload } from "./suites/overload.js";
import { python } from "./suites/python.js";
import { regimes } from "./suites/regimes.js";
import { regimesChoose } from "./suites/regimes-choose.js";
import { soak } from "./suites/soak.js";
import { startup } from "./suites/startup.js";
import { streamCosts } from "./suites/streams.js";
import { swapped100 } from "./suites/swaps.js";
import { wire } from "./suites/wire.js";

type Suite = (say: (line: string) => void, minutes?: number) => Promise<Row[]>;

const suites: Readonly<Record<string, Suite>> = {
  wire,
  numerics,
  startup,
  models: shippedModels,
  python,
  swaps: swapped100,
  overload,
  soak,
  regimes,
  "regimes-choose": regimesChoose,
  fanout,
  streams: streamCosts,
};

await new Command("bench")
  .argument("<suite>", Object.keys(suites).join(", "))
  .option("--json", "print the figures as one JSON object on the last line")
  .option("--minutes <minutes>", "how long a soak lasts (default 10)", Number)
  .action(async (suite: string, { json, minutes }: { json?: true; minutes?: number }) => {
    const measure = suites[suite];
    if (measure === undefined) {
      console.error(`no suite ${suite}; there are ${Object.keys(suites).join(", ")}`);
      process.exit(2);
    }
    console.error(`${suite}: measuring, half a minute to two minutes (numerics and soak longer)`);
    const rows = await measure((line) => console.error(line), minutes);
    const report: Report = { suite, machine: machine(), rows };
    console.error(table(report));
    if (json) console.log(JSON.stringify(report));
  })
  .parseAsync();
