/** Draws a stream: a line above shaded regimes, and below it how likely each regime was held to be. */
import uPlot from "uplot";
import { element, setText } from "../element.js";
import { timeText } from "./age-text.js";
import { type ChartColours, chartColours, onThemeChange, regimeClass } from "./regime-colours.js";
import type { StreamFigure } from "./stream-figure.js";

const lineHeight = 260;
const ribbonHeight = 110;
/** Width of both value axes, so that the two charts stand exactly below each other. */
const axisWidth = 58;
/** How strongly the regimes are shaded behind the line. */
const shadeAlpha: Readonly<Record<string, number>> = {
  unknown: 0.14,
  calm: 0.1,
  normal: 0.22,
  turbulent: 0.26,
};

export class StreamCharts {
  private figure: StreamFigure | undefined;
  private colours: ChartColours = chartColours();
  private line: uPlot | undefined;
  private ribbon: uPlot | undefined;
  private ribbonNames = "";
  private readonly linePlace = element("div", { class: "chart" });
  private readonly ribbonPlace = element("div", { class: "chart" });
  private readonly reading = element("p", { class: "hint reading" });
  readonly root: HTMLElement;

  constructor() {
    this.root = element(
      "div",
      { class: "stream-charts", role: "img" },
      this.linePlace,
      this.ribbonPlace,
      this.reading,
    );
    new ResizeObserver(() => this.resize()).observe(this.root);
    onThemeChange(() => {
      this.colours = chartColours();
      this.line?.redraw(false);
      this.ribbon?.redraw(true);
    });
  }

  show(figure: StreamFigure, name: string): void {
    this.figure = figure;
    this.root.setAttribute("aria-label", `${name}: ${figure.summary}`);
    const times = figure.times as number[];
    this.line ??= this.makeLine();
    this.line.setData([times, figure.line as (number | null)[]]);
    const names = figure.ribbonRegimes.join("\n");
    if (this.ribbon === undefined || names !== this.ribbonNames) {
      this.ribbon?.destroy();
      this.ribbonNames = names;
      this.ribbon = this.makeRibbon(figure.ribbonRegimes);
    }
    this.ribbon.setData([times, ...(figure.ribbon as (number | null)[][])]);
    this.read(undefined);
  }

  /** Frees the canvases; the next figure makes them anew. */
  clear(): void {
    this.line?.destroy();
    this.ribbon?.destroy();
    this.line = undefined;
    this.ribbon = undefined;
    this.figure = undefined;
    setText(this.reading, "");
  }

  private get width(): number {
    return Math.max(240, this.linePlace.clientWidth);
  }

  private resize(): void {
    this.line?.setSize({ width: this.width, height: lineHeight });
    this.ribbon?.setSize({ width: this.width, height: ribbonHeight });
  }

  private makeLine(): uPlot {
    return new uPlot(
      {
        ...this.common(lineHeight),
        scales: { x: { time: true } },
        axes: [this.axis({ size: 38, space: 70 }), this.axis({ size: axisWidth })],
        series: [{}, { stroke: () => this.colours.text, width: 1.4, points: { show: false } }],
        hooks: {
          drawClear: [(plot) => this.shade(plot)],
          setCursor: [(plot) => this.read(plot.cursor.idx ?? undefined)],
        },
      },
      [[], []],
      this.linePlace,
    );
  }

  private makeRibbon(regimes: readonly string[]): uPlot {
    return new uPlot(
      {
        ...this.common(ribbonHeight),
        scales: { x: { time: true }, y: { range: [0, 1] } },
        axes: [
          this.axis({ size: 6, values: (_, splits) => splits.map(() => "") }),
          this.axis({
            size: axisWidth,
            splits: () => [0, 0.5, 1],
            values: (_, splits) => splits.map((split) => `${100 * split} %`),
          }),
        ],
        series: [
          {},
          ...regimes.map((name, i) => ({
            fill:
              i === 0 ? () => this.colours.regimes[regimeClass(name)] ?? this.colours.muted : "transparent",
            width: 0,
            points: { show: false },
          })),
        ],
        bands: regimes.slice(1).map((name, i) => ({
          series: [i + 2, i + 1] as [number, number],
          fill: () => this.colours.regimes[regimeClass(name)] ?? this.colours.muted,
        })),
      },
      [[], ...regimes.map(() => [])],
      this.ribbonPlace,
    );
  }

  private common(
    height: number,
  ): Pick<uPlot.Options, "width" | "height" | "legend" | "cursor" | "padding" | "tzDate"> {
    return {
      width: this.width,
      height,
      legend: { show: false },
      padding: [8, 8, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(1_000 * seconds), "Etc/UTC"),
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: "stream" } },
    };
  }

  private axis(own: uPlot.Axis): uPlot.Axis {
    return {
      stroke: () => this.colours.muted,
      grid: { stroke: () => this.colours.line, width: 1 },
      ticks: { stroke: () => this.colours.line, width: 1, size: 4 },
      font: "11px system-ui, sans-serif",
      ...own,
    };
  }

  /** Fills the time of each spell with its regime's colour, below everything else. */
  private shade(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    for (const { regime, from, to } of this.figure?.spells ?? []) {
      const left = plot.valToPos(from / 1_000, "x", true);
      const right = plot.valToPos(to / 1_000, "x", true);
      ctx.globalAlpha = shadeAlpha[regime] ?? 0.1;
      ctx.fillStyle = this.colours.regimes[regime] ?? this.colours.muted;
      ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
    }
    ctx.restore();
  }

  /** Tells the values below the pointer; the newest where there is none. */
  private read(index: number | undefined): void {
    const { figure } = this;
    if (figure === undefined) return;
    const at = index ?? figure.times.length - 1;
    const time = figure.times[at];
    if (time === undefined) return setText(this.reading, "");
    const value = figure.line[at];
    const shares = figure.ribbonRegimes.map((name, i) => {
      const upper = figure.ribbon[i]?.[at];
      const share = (upper ?? Number.NaN) - (i === 0 ? 0 : (figure.ribbon[i - 1]?.[at] ?? 0));
      return Number.isNaN(share) ? `${name} not known yet` : `${name} ${Math.round(100 * share)} %`;
    });
    const shown =
      typeof value === "number"
        ? Number(value.toPrecision(6)).toLocaleString("en-US", { maximumSignificantDigits: 6 })
        : "–";
    setText(
      this.reading,
      `${timeText(1_000 * time, figure.isDaily)} UTC · ${figure.isSum ? "cumulative sum" : "value"} ${shown} · ${shares.join(", ")}`,
    );
  }
}
