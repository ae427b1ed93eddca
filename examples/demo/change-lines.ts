/** Prints regime changes as lines of text. */
import { styleText } from "node:util";
import type { Change } from "../../client/typescript/index.js";

const colours = { unknown: "gray", calm: "green", normal: "yellow", turbulent: "red" } as const;
const lineWidth = 42;
const gap = " ".repeat(6);

export function changeLine({ observed_ts, from, to, probability }: Change): string {
  const date = new Date(observed_ts).toISOString().slice(0, 10);
  // Outside the coloured text, whose escape codes would count as width.
  const padding = " ".repeat(Math.max(0, 11 - to.length));
  return `${date}  ${from.padStart(9)} → ${inItsColour(to)}${padding}p ${probability.toFixed(3)}`;
}

/** All changes, in two columns when the terminal is wide enough. */
export function changesTable(changes: readonly Change[]): string {
  const lines = changes.map(changeLine);
  if ((process.stdout.columns ?? 0) < 2 * lineWidth + gap.length) return lines.join("\n");
  const half = Math.ceil(lines.length / 2);
  return lines
    .slice(0, half)
    .map((line, i) => line + (lines[half + i] === undefined ? "" : gap + lines[half + i]))
    .join("\n");
}

/** The regime's name in its colour, when the output is a terminal. */
function inItsColour(regime: string): string {
  const coloured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  return coloured && regime in colours ? styleText(colours[regime as keyof typeof colours], regime) : regime;
}
