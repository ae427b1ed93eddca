/** `headgate models scan`: what a stranger may have put into a repository, told without opening a model. */
import { Command } from "commander";
import { modelLimits } from "../../engines/onnx/inspection/model-limits.js";
import { hasFaults, type ScannedModel, scanModels } from "../../engines/onnx/scan/scan-models.js";
import type { ScannedGraph, ScannedVersion } from "../../engines/onnx/scan/scan-version.js";
import { trustedKey } from "../../engines/onnx/signing/keys.js";
import { fail, repositoryArgument, repositoryOf } from "./models-arguments.js";

interface ScanFlags {
  readonly models?: string;
  readonly key?: readonly string[];
  readonly linkedFolder?: readonly string[];
  readonly strict?: true;
  readonly json?: true;
}

export function scanCommand(): Command {
  return new Command("scan")
    .description("Report what the models are made of, and what is suspicious, without opening any of them")
    .addArgument(repositoryArgument())
    .option("--models <folder>", "the same as the argument")
    .option(
      "--key <file...>",
      "trusted public keys, in PEM: versions that none of them signed are faults (default: signatures are only reported)",
    )
    .option("--linked-folder <folder...>", "folders outside the repository that links may lead into")
    .option("--strict", "exit with 1 for warnings, too")
    .option("--json", "one JSON object: folder, ok, and models, each with its versions")
    .addHelpText(
      "after",
      "\nA fault is what a gateway refuses; a warning is for a person to look at. Exits with 1 where there is a fault. The\nlimits are a gateway's defaults. `headgate models check` opens and runs the models, in a process of their own.",
    )
    .action(async (given: string | undefined, flags: ScanFlags) => {
      const folder = repositoryOf(given, flags.models);
      const scanned = await scan(folder, flags).catch(fail);
      const isOk = !hasFaults(scanned) && (flags.strict !== true || !hasWarnings(scanned));
      console.log(
        flags.json === true
          ? JSON.stringify({ folder, ok: isOk, models: scanned }, null, 2)
          : textOf(folder, scanned),
      );
      if (!isOk) process.exitCode = 1;
    });
}

async function scan(folder: string, { key, linkedFolder = [] }: ScanFlags): Promise<ScannedModel[]> {
  const trusted = key?.map((path) => trustedKey(path)) ?? null;
  return scanModels(folder, { limits: modelLimits, trusted, linkedFolders: linkedFolder });
}

function hasWarnings(scanned: readonly ScannedModel[]): boolean {
  return scanned.some(
    ({ warnings, versions }) => warnings.length > 0 || versions.some((each) => each.warnings.length > 0),
  );
}

function textOf(folder: string, scanned: readonly ScannedModel[]): string {
  if (scanned.length === 0) return `${folder}: no models`;
  const lines = scanned.flatMap((model) => [
    ...(model.fault === undefined ? [] : [`fault ${model.model}: ${model.fault}`]),
    ...(model.card_fault === undefined ? [] : [`fault ${model.model}: ${model.card_fault}`]),
    ...model.warnings.map((warning) => `look  ${model.model}: ${warning}`),
    ...model.versions.flatMap((version) => linesOf(model, version)),
  ]);
  return lines.map(printable).join("\n");
}

function linesOf({ model, fault: modelFault }: ScannedModel, version: ScannedVersion): string[] {
  const { faults, warnings, signature, files, links, graph } = version;
  // No version of a model with an invalid config is served.
  const verdict =
    faults.length > 0 || modelFault !== undefined ? "fault" : warnings.length > 0 ? "look " : "ok   ";
  const by = signature.key_id === undefined ? "" : ` by ${signature.key_id}`;
  return [
    `${verdict} ${model}@${version.version}: ${files.count} files, ${files.bytes} bytes, ${signature.state}${by}`,
    ...(graph === null ? [] : graphLines(graph)),
    ...(links.length === 0 ? [] : [`        links: ${links.join(", ")}`]),
    ...faults.map((fault) => `        fault: ${fault}`),
    ...warnings.map((warning) => `        look at: ${warning}`),
  ];
}

function graphLines(graph: ScannedGraph): string[] {
  const { nodes, initializers, inputs, outputs, nesting, tensor_bytes, external_data } = graph;
  const operators = Object.entries(graph.operators).map(([domain, counts]) => {
    const named = Object.entries(counts).map(([operator, count]) => `${operator} ${count}`);
    return `        ${domain === "" ? "ai.onnx" : domain}: ${named.join(", ")}`;
  });
  const depth = nesting === 0 ? "" : `, graphs ${nesting} deep in others`;
  return [
    `        ${nodes} nodes, ${initializers} initialisers of ${tensor_bytes} bytes, ${inputs} inputs, ${outputs} outputs${depth}`,
    ...operators,
    ...(external_data.length === 0 ? [] : [`        weights in ${external_data.join(", ")}`]),
  ];
}

/** A stranger's names may hold characters that a terminal obeys. */
function printable(line: string): string {
  return line
    .replace(/\s*\n\s*/g, " ")
    .replace(/\p{C}/gu, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`);
}
