/**
 * The durations of requests, of their time in the queue and of batches, for each version of a servable, as histograms
 * in seconds.
 */
import { label } from "./histogram.js";
import type { ModelFigures } from "./model-figures.js";

type DurationFamily = "request" | "queue" | "compute";

const families: readonly (readonly [DurationFamily, string])[] = [
  ["request", "Seconds from receipt to answer, of requests answered with a result"],
  ["queue", "Seconds that requests answered with a result waited before compute"],
  ["compute", "Seconds inside the engine, of a batch"],
];

/** All histograms in Prometheus's text format: at most one set for each version that has figures. */
export function durationText(models: Iterable<ModelFigures>): string {
  const all = [...models];
  const lines: string[] = [];
  for (const [family, help] of families) {
    const name = `headgate_inference_${family}_duration_seconds`;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`);
    for (const { model, version, durations } of all)
      lines.push(...durations[family].samples(name, `${label("model", model)},${label("version", version)}`));
  }
  return `${lines.join("\n")}\n`;
}
