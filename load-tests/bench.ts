/** `npm run bench -- SUITE [--json]`: measures, prints a table, and with --json one JSON object as the last line. */
import { existsSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { unknownName } from "../command-line/unknown-name.js";
import { holdAll, measureApart, suitesWithBudgets } from "./all.js";
import { inRepository } from "./harness/places.js";
import { machine, type Report, table } from "./report.js";
import { type SuiteOptions, suites } from "./suites.js";
import { verdictTable } from "./verdicts.js";

interface Flags extends SuiteOptions {
  readonly json?: true;
  readonly only?: readonly string[];
}

// On a signal the process exits in order, so that the processes the bench started are ended too.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));

const say = (line: string) => console.error(line);

// The peers' programs, the held-out rows and the golden vectors are only in the repository; the demo's two are packed.
if (!existsSync(inRepository("load-tests/peers/requirements.txt")))
  refuse(
    "headgate bench compares with peers whose programs are not in the installed package: clone the repository, and run npm ci && npm run bench there. headgate load works here.",
  );

await new Command("bench")
  .argument(
    "<suite>",
    `${Object.keys(suites).join(", ")}; or all: every one that has a budget, held against it`,
  )
  .option("--json", "print the figures as one JSON object on the last line")
  .option("--minutes <minutes>", "how long a soak lasts (default 10, in all 1)", minutesOf)
  .option(
    "--small",
    "of gpu: small sizes, and a software renderer for a card; proves the way, measures nothing",
  )
  .option(
    "--quick",
    "of wire: fewer and shorter rounds, two minutes at most; figures to look at, not to quote",
  )
  .option("--seconds <seconds>", "of gpu: begin no row after so many", secondsOf)
  .option("--folds <count>", "of training: folds of a walk forward (default 20)", foldsOf)
  .option("--only <suites>", `of all, these: ${suitesWithBudgets.join(",")}`, (list) => list.split(","))
  .action((suite: string, flags: Flags) => (suite === "all" ? all(flags) : one(suite, flags)))
  .parseAsync();

async function one(suite: string, { json, ...options }: Flags): Promise<void> {
  const measure = Object.hasOwn(suites, suite) ? suites[suite] : undefined;
  if (measure === undefined) refuse(unknownName("suite", suite, ["all", ...Object.keys(suites)]));
  say(`${suite}: measuring, half a minute to two minutes (numerics and soak longer)`);
  const report: Report = { suite, machine: machine(), rows: await measure(say, options) };
  say(table(report));
  if (json) console.log(JSON.stringify(report));
}

/** Runs all suites. Throws when a suite could not be measured; a budget that is not met is only reported. */
async function all({ json, minutes = 1, only = suitesWithBudgets }: Flags): Promise<void> {
  const unknown = only.filter((suite) => !suitesWithBudgets.includes(suite));
  for (const suite of unknown)
    refuse(`--only: ${unknownName("suite with budgets", suite, suitesWithBudgets)}`);
  say(`all: ${only.join(", ")}; a quarter of an hour for every one`);
  const held = await holdAll(only, (suite) => measureApart(suite, minutes), say);
  say(`on ${held.machine} (ratio above 1: Headgate is better)\n${verdictTable(held.rows, held.failures)}`);
  if (json) console.log(JSON.stringify(held));
  if (held.failures.length > 0) process.exitCode = 1;
}

function secondsOf(given: string): number {
  const seconds = Number(given);
  if (!(seconds > 0 && seconds <= 3_600)) throw new InvalidArgumentError("above 0, up to 3600 seconds.");
  return seconds;
}

function foldsOf(given: string): number {
  const folds = Number(given);
  if (!(Number.isInteger(folds) && folds > 0 && folds <= 1_000))
    throw new InvalidArgumentError("a whole number from 1 to 1000.");
  return folds;
}

function minutesOf(given: string): number {
  const minutes = Number(given);
  if (!(minutes > 0 && minutes <= 600)) throw new InvalidArgumentError("above 0, up to 600 minutes.");
  return minutes;
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}
