/** Twenty years on one page: the price on a log axis, the regimes behind it, every change marked. */
import type { Bar } from "../bars.js";
import { type Label, placeLabels } from "./labels.js";
import { linearScale, logScale, logTicks, type Scale, yearsOf } from "./scales.js";
import { type Spell, spellsOf, type Turn } from "./spells.js";
import { style } from "./style.js";
import { element, escaped, group, type Markup, pathThrough } from "./svg.js";

export type { Turn } from "./spells.js";

export interface PictureOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly source: string;
}

const width = 1000;
const height = 570;
/** The plot, and under it a ribbon that shows the regimes in full colour. */
const plot = { left: 28, right: 942, top: 122, bottom: 482 };
const ribbon = { top: 490, height: 14 };
const labelRows = { count: 3, height: 15, width: 60 };

interface Axes {
  readonly x: Scale;
  readonly y: Scale;
}

/** A self-contained SVG. @throws Error without bars */
export function picture(bars: readonly Bar[], turns: readonly Turn[], options: PictureOptions): string {
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined) throw new Error("no bars to draw");
  const closes = bars.map(({ close }) => close);
  const x = linearScale(first.time, last.time, [plot.left, plot.right]);
  // Room above the highest close for the labels.
  const y = logScale(Math.min(...closes) * 0.92, Math.max(...closes) * 1.35, [plot.bottom, plot.top]);
  const axes = { x, y };
  const spells = spellsOf(turns, first.time, last.time);
  const { title, subtitle, source } = options;
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
    legend(),
    group("bands", bands(spells, x, plot.top, plot.bottom - plot.top)),
    group("grid", grid(axes)),
    group("axis quiet", yearAxis(x)),
    group("ribbon", bands(spells, x, ribbon.top, ribbon.height)),
    group("price-line", [element("path", { class: "price", d: priceLine(bars, axes) })]),
    ...marks(bars, turns, axes),
    element("text", { class: "quiet small", x: plot.left, y: height - 20 }, source),
  ).svg;
}

function legend(): Markup {
  const entries = [
    ["calm", "calm"],
    ["normal", "normal"],
    ["turbulent", "turbulent"],
    ["unknown", "not known yet"],
  ] as const;
  let x = plot.left;
  return group(
    "legend",
    entries.flatMap(([regime, name]) => {
      const left = x;
      x += 42 + 6.6 * name.length; // about as wide as its letters
      return [
        element("rect", { class: regime, x: left, y: 96, width: 12, height: 12, rx: 2 }),
        element("text", { x: left + 18, y: 106.5 }, name),
      ];
    }),
  );
}

function bands(spells: readonly Spell[], x: Scale, top: number, tall: number): readonly Markup[] {
  return spells.map(({ regime, from, to }) =>
    element("rect", { class: regime, x: x(from), y: top, width: x(to) - x(from), height: tall }),
  );
}

function grid({ y }: Axes): readonly Markup[] {
  return logTicks(y).flatMap((tick) => [
    element("line", { x1: plot.left, x2: plot.right, y1: y(tick), y2: y(tick) }),
    element("text", { x: plot.right + 8, y: y(tick) + 4 }, tick.toLocaleString("en-US")),
  ]);
}

function yearAxis(x: Scale): readonly Markup[] {
  const bottom = ribbon.top + ribbon.height;
  return yearsOf(x).flatMap(({ year, from, to }) => [
    element("line", { x1: x(from), x2: x(from), y1: bottom, y2: bottom + 6 }),
    element("text", { x: (x(from) + x(to)) / 2, y: bottom + 19, "text-anchor": "middle" }, String(year)),
  ]);
}

function priceLine(bars: readonly Bar[], { x, y }: Axes): string {
  return pathThrough(bars.map(({ time, close }) => [x(time), y(close)]));
}

/** A dot on the price for every change; a date and a line to it for each turn to turbulent. */
function marks(bars: readonly Bar[], turns: readonly Turn[], { x, y }: Axes): readonly Markup[] {
  const closes = new Map(bars.map(({ time, close }) => [time, close]));
  const height = (time: number) => y(closes.get(time) ?? y.from);
  const labels = turns.filter(({ to }) => to === "turbulent").map((turn) => ({ ...labelOf(turn, x), turn }));
  const placed = placeLabels(labels, labelRows.width, labelRows.count, [plot.left, plot.right]);
  const baseline = (row: number) => plot.top + (row + 1) * labelRows.height;
  const timeAt = new Map(labels.map(({ x, turn }) => [x, turn.time]));
  const leaders = placed.map((label) =>
    element("line", {
      x1: label.x,
      x2: label.x,
      y1: baseline(label.row) + 4,
      y2: height(timeAt.get(label.x) ?? 0) - 3,
    }),
  );
  const texts = placed.map(({ text, left, row }) =>
    element("text", { x: left + labelRows.width / 2, y: baseline(row), "text-anchor": "middle" }, text),
  );
  const dots = turns.map(({ time, to }) =>
    element("circle", { class: to, cx: x(time), cy: height(time), r: 3 }),
  );
  return [group("leaders", leaders), group("turns", dots), group("labels", texts)];
}

function labelOf({ time }: Turn, x: Scale): Label {
  const month = new Date(time).toLocaleString("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
  return { text: month.replace("Sept", "Sep"), x: x(time) };
}
