/**
 * `npm run load -- SCENARIO [--url URL]`: runs a scenario, prints its progress, and writes the result as JSON and as
 * an HTML page.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { gatewayAt, ownGateway } from "./load/gateway.js";
import { page } from "./load/page.js";
import { runScenario } from "./load/run.js";
import { readScenario, scenarioNames } from "./load/scenario.js";
import { sentence } from "./load/witnessed.js";
import { machine } from "./report.js";

interface Flags {
  readonly url?: string;
  readonly seconds?: number;
  readonly out: string;
  readonly json?: true;
}

await new Command("load")
  .argument("<scenario>", `${scenarioNames().join(", ")}, or a .json file`)
  .option("--url <url>", "a gateway that runs already; its token is HEADGATE_TOKEN")
  .option("--seconds <seconds>", "how long, in place of what the scenario says", secondsOf)
  .option("--out <folder>", "where the page and the figures go", "out")
  .option("--json", "print the figures as one JSON object on the last line")
  .action(load)
  .parseAsync();

async function load(name: string, { url, seconds, out, json }: Flags): Promise<void> {
  try {
    const read = readScenario(name);
    const scenario = seconds === undefined ? read : { ...read, seconds };
    const token = process.env["HEADGATE_TOKEN"];
    const target = url === undefined ? await ownGateway(scenario) : gatewayAt(url, token);
    console.error(
      `${scenario.name}: ${scenario.about} (${scenario.warmup_seconds} s to warm, ${scenario.seconds} s)`,
    );
    try {
      const result = await runScenario(scenario, target, (line) => console.error(line));
      mkdirSync(out, { recursive: true });
      writeFileSync(join(out, `${scenario.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
      writeFileSync(join(out, `${scenario.name}.html`), page(result, machine()));
      for (const { name: group, summary, closes } of result.groups)
        console.error(`  ${group}: ${JSON.stringify(closes ?? summary)}`);
      if (result.witnessed !== undefined) console.error(`  ${sentence(result.witnessed)}`);
      console.error(`  ${join(out, `${scenario.name}.html`)}`);
      if (json) console.log(JSON.stringify(result));
    } finally {
      await target.stop();
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

function secondsOf(given: string): number {
  const seconds = Number(given);
  if (!(seconds > 0 && seconds <= 3_600)) throw new InvalidArgumentError("1 to 3600 seconds.");
  return seconds;
}
