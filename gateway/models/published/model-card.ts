/** The card of a model that was trained here, in Markdown. Pure. */
import { observationText, type PolicyLayout, sizeOfObservation } from "../../../engines/policy-layout.js";
import type { ExportedModel } from "../../../engines/training/trainer.js";
import { tolerancesOf } from "../exported-model.js";
import type { TrainingCard } from "../trained-models.js";

/** Limit on the text of the trainer's own. */
const summaryLengthMax = 16_384;
/** Limit on the parameters' text: a card is answered to every client that asks for it. */
const parametersLengthMax = 4_096;

export function modelCard(
  model: string,
  version: string,
  card: TrainingCard,
  exported: Pick<ExportedModel, "golden" | "tolerance" | "convertMs">,
): string {
  const { trainer, job, rows, columns, dataSha256, scores, libraries, fitMs, trainedTs } = card;
  const rowsProven = Object.values(exported.golden.inputs)[0]?.shape[0] ?? 0;
  const proven = Object.entries(tolerancesOf(exported)).map(
    ([name, { atol, rtol }]) => `${name} within ${atol} + ${rtol} of the library's`,
  );
  return [
    `# ${model}`,
    `Version ${version} was trained by \`${trainer}\` on ${rows} rows of ${columns} columns.`,
    ...(card.summary === undefined ? [] : [summaryText(card.summary)]),
    ...(card.policy === undefined ? [] : ["## Observation", observationTextOf(card.policy)]),
    "## Training",
    table([
      ["job", job],
      ["trained", new Date(trainedTs).toISOString()],
      ["rows", String(rows)],
      ["columns", String(columns)],
      ["SHA-256 of the data", dataSha256],
      ["seed", seedOf(card.parameters)],
      ["fit", `${Math.round(fitMs)} ms`],
      ["export and proof", `${Math.round(exported.convertMs)} ms`],
    ]),
    "## Scores",
    Object.keys(scores).length === 0
      ? "None were computed."
      : table(Object.entries(scores).map(([name, score]) => [name, String(score)])),
    "## Parameters",
    `\`\`\`json\n${parametersText(card.parameters)}\n\`\`\``,
    "## Libraries",
    table(Object.entries(libraries)),
    "## Proof",
    `The graph reproduces the library's answers for ${rowsProven} rows: ${proven.join("; ")}.`,
    "",
  ].join("\n\n");
}

/** Of an uploaded file that says something of itself, as a policy's does. */
export function uploadedCard(model: string, version: string, summary: string): string {
  return [
    `# ${model}`,
    `Version ${version} was uploaded. Its file says of it:`,
    summaryText(summary),
    "",
  ].join("\n\n");
}

function table(rows: readonly (readonly [string, string])[]): string {
  return ["| | |", "|---|---|", ...rows.map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`)].join(
    "\n",
  );
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}

function seedOf(parameters: unknown): string {
  const { random_state, seeds, seed } = (parameters ?? {}) as Readonly<Record<string, unknown>>;
  if (Array.isArray(seeds)) return seeds.join(", ");
  return String(random_state ?? seed ?? "none was given");
}

/** Its headings are those of a part of this card. */
function summaryText(summary: string): string {
  return summary.slice(0, summaryLengthMax).replaceAll(/^#+/gm, "##").trim();
}

function observationTextOf(layout: PolicyLayout): string {
  return [
    `\`observation\` is ${sizeOfObservation(layout)} numbers: ${observationText(layout)}. \`describe\` tells all of it.`,
    `Actions: \`${JSON.stringify(layout.actions).slice(0, parametersLengthMax)}\`.`,
  ].join("\n\n");
}

function parametersText(parameters: unknown): string {
  const text = JSON.stringify(parameters, null, 2) ?? "null";
  return (text.length <= parametersLengthMax ? text : `${text.slice(0, parametersLengthMax)}\n…`).replaceAll(
    "```",
    "'''",
  );
}
