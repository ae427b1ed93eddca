/**
 * `node dist/load-tests/gpu/part.js PART --out FILE`: runs one part of `load-tests/gpu.sh`. The figures are written
 * to the file after each step, so that they are kept when the part is cut off.
 */
import { renameSync, writeFileSync } from "node:fs";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { type ProviderName, providerNames } from "../../engines/onnx/provider-names.js";
import { machine } from "../report.js";
import { adapterPart } from "./adapter-part.js";
import { gatewayPart } from "./gateway-part.js";
import { kernelsPart } from "./kernels-part.js";
import { modelsPart } from "./models-part.js";
import type { Part } from "./run-part.js";

const parts = { adapter: adapterPart, kernels: kernelsPart, models: modelsPart, gateway: gatewayPart };

interface Flags {
  readonly out: string;
  readonly small?: boolean;
  readonly seconds: number;
  readonly provider: ProviderName;
}

// On a signal the process exits in order, so that the processes a part started are ended too.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));

await new Command("part")
  .addArgument(new Argument("<part>").choices(Object.keys(parts)))
  .requiredOption("--out <file>", "where its JSON goes")
  .option("--small", "take a software renderer, and small sizes")
  .option("--seconds <seconds>", "begin nothing new after so many", secondsOf, 60)
  .addOption(new Option("--provider <provider>").choices(providerNames).default("webgpu"))
  .action(run)
  .parseAsync();

async function run(
  name: keyof typeof parts,
  { out, small = false, seconds, provider }: Flags,
): Promise<void> {
  const started = performance.now();
  const write = ({ figures, failures }: Part, complete: boolean) => {
    const took = Number(((performance.now() - started) / 1_000).toFixed(1));
    const ok = complete && failures.length === 0;
    const report = {
      part: name,
      ok,
      complete,
      seconds: took,
      machine: machine(),
      small,
      failures,
      ...figures,
    };
    writeFileSync(`${out}.new`, `${JSON.stringify(report, null, 2)}\n`);
    // Renaming is atomic: a reader finds either the complete old file or the complete new one.
    renameSync(`${out}.new`, out);
  };
  const say = (line: string) => console.error(line);
  write({ figures: {}, failures: [] }, false);
  try {
    const part = await parts[name]({ small, seconds, provider }, (far) => write(far, false), say);
    write(part, true);
    for (const failure of part.failures) say(`  FAILED ${failure}`);
    // Exits explicitly, because a driver's threads may keep the process alive.
    process.exit(part.failures.length === 0 ? 0 : 1);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    write({ figures: {}, failures: [reason] }, true);
    say(`  FAILED ${reason}`);
    process.exit(1);
  }
}

function secondsOf(given: string): number {
  const seconds = Number(given);
  if (!(seconds > 0 && seconds <= 3_600)) throw new InvalidArgumentError("above 0, up to 3600 seconds.");
  return seconds;
}
