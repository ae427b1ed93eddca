/**
 * Draws a stream as one picture: its line, the regimes behind it, the probability of each, and every change with its
 * delay.
 */
import { type Axes, grid, timeAxis } from "./axes.js";
import { lags, marks } from "./marks.js";
import { type Probabilities, probabilityRibbon } from "./probability-ribbon.js";
import type { Regime } from "./regimes.js";
import { linearScale, logScale, type Scale } from "./scales.js";
import { type ChartChange, type Spell, spellsOf } from "./spells.js";
import { style } from "./style.js";
import { element, escaped, group, type Markup, pathThrough } from "./svg.js";
import { type Point, thinned } from "./thinning.js";

export type { Probabilities } from "./probability-ribbon.js";
export type { ChartChange } from "./spells.js";
export type { Point } from "./thinning.js";

export interface PictureOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly source: string;
  /** The regime before the first change. */
  readonly startsIn?: string;
  /** Default: log, where all values are above 0. */
  readonly scale?: "log" | "linear";
  /** The probabilities, drawn under the regimes where they are known. */
  readonly probabilities?: Probabilities;
}

const width = 1000;
/** The plot area; under it a narrow bar shows the regimes in full colour. */
const plot = { left: 28, right: 942, top: 122, bottom: 482 };
const ribbon = { top: 490, height: 14 };
const lagTrack = 11;
const likely = { gap: 6, height: 64 };

/** A self-contained SVG. @throws Error without points, or where a value is not above 0 on a log scale */
export function picture(
  line: readonly Point[],
  turns: readonly ChartChange[],
  options: PictureOptions,
): string {
  const [first, last] = [line[0], line.at(-1)];
  if (first === undefined || last === undefined) throw new Error("no points to draw");
  const { title, subtitle, source, startsIn = "unknown", scale = "log", probabilities } = options;
  const x = linearScale(first.time, last.time > first.time ? last.time : first.time + 1, [
    plot.left,
    plot.right,
  ]);
  const axes: Axes = { x, y: valueScale(line, scale), left: plot.left, right: plot.right };
  const spells = spellsOf(turns, first.time, last.time, startsIn);
  const late = turns.some(({ since }) => since !== undefined);
  const likelyTop = ribbon.top + ribbon.height + (late ? lagTrack : 0) + likely.gap;
  const bottom = probabilities === undefined ? likelyTop - likely.gap : likelyTop + likely.height;
  const height = bottom + 66;
  const size = { width, height, viewBox: `0 0 ${width} ${height}` };
  return element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size, role: "img", "aria-labelledby": "title description" },
    element("title", { id: "title" }, title),
    element("desc", { id: "description" }, subtitle),
    { svg: `<style>${escaped(style)}</style>\n` },
    element("rect", { class: "card", x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10 }),
    element("rect", { class: "turbulent", x: plot.left, y: 22, width: 40, height: 5 }),
    element("text", { class: "title", x: plot.left, y: 55 }, title),
    element("text", { class: "subtitle quiet", x: plot.left, y: 79 }, subtitle),
    legend(shownOf(spells, probabilities), late),
    group("bands", bands(spells, x, plot.top, plot.bottom - plot.top)),
    group("grid", grid(axes, scale === "log")),
    group("axis quiet", timeAxis(axes, bottom)),
    group("ribbon", bands(spells, x, ribbon.top, ribbon.height)),
    ...(late ? [group("lags", lags(turns, axes, ribbon.top + ribbon.height + lagTrack / 2 + 1))] : []),
    ...(probabilities === undefined ? [] : likelihoods(probabilities, axes, likelyTop)),
    group("price-line", [element("path", { class: "price", d: linePath(line, axes) })]),
    ...marks(line, turns, axes, plot.top),
    element("text", { class: "quiet small", x: plot.left, y: height - 20 }, source),
  ).svg;
}

/** Adds room above the highest value for the labels. */
function valueScale(line: readonly Point[], kind: "log" | "linear"): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { value } of line) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const pixels = [plot.bottom, plot.top] as const;
  if (kind === "linear") {
    const span = high - low || Math.abs(high) || 1;
    return linearScale(low - 0.05 * span, high + 0.18 * span, pixels);
  }
  if (!(low > 0)) throw new Error(`a log scale has no place for ${low}`);
  const ratio = Math.max(high / low, 1.05);
  return logScale(low / ratio ** 0.05, high * ratio ** 0.18, pixels);
}

/** The regimes that occur in the picture, calmest first. */
function shownOf(spells: readonly Spell[], probabilities: Probabilities | undefined): readonly Regime[] {
  const shown = new Set<string>([...spells.map(({ regime }) => regime), ...(probabilities?.regimes ?? [])]);
  return (["calm", "normal", "turbulent", "unknown"] as const).filter((regime) => shown.has(regime));
}

function legend(shown: readonly Regime[], late: boolean): Markup {
  let x = plot.left;
  const drawn = shown.flatMap((regime) => {
    const name = regime === "unknown" ? "not known yet" : regime;
    const left = x;
    x += 42 + 6.6 * name.length; // the estimated width of the name in pixels
    return [
      element("rect", { class: regime, x: left, y: 96, width: 12, height: 12, rx: 2 }),
      element("text", { x: left + 18, y: 106.5 }, name),
    ];
  });
  const lag = [
    element("line", { class: "lag", x1: x, x2: x + 14, y1: 102, y2: 102 }),
    element("line", { class: "lag", x1: x + 14, x2: x + 14, y1: 98, y2: 106 }),
    element("text", { x: x + 21, y: 106.5 }, "from when a change began to when it was declared"),
  ];
  return group("legend", late ? [...drawn, ...lag] : drawn);
}

function bands(spells: readonly Spell[], x: Scale, top: number, tall: number): readonly Markup[] {
  return spells.map(({ regime, from, to }) =>
    element("rect", { class: regime, x: x(from), y: top, width: x(to) - x(from), height: tall }),
  );
}

function likelihoods(probabilities: Probabilities, { x, left, right }: Axes, top: number): readonly Markup[] {
  const middle = top + likely.height / 2;
  return [
    group("likely", [
      element("rect", { class: "unknown", x: left, y: top, width: right - left, height: likely.height }),
      ...probabilityRibbon(probabilities, x, top, likely.height),
    ]),
    group("half", [element("line", { x1: left, x2: right, y1: middle, y2: middle })]),
    group("quiet small", [
      element("text", { x: right + 8, y: top + 9 }, "1"),
      element("text", { x: right + 8, y: middle + 4 }, "½"),
      element("text", { x: right + 8, y: top + likely.height }, "0"),
    ]),
  ];
}

function linePath(line: readonly Point[], { x, y }: Axes): string {
  return pathThrough(thinned(line, plot.right - plot.left).map(({ time, value }) => [x(time), y(value)]));
}
