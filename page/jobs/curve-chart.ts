/**
 * Draws a learning curve: the loss on the left axis, the score on the right one. What else a trainer told has a scale
 * of its own and no axis: the words tell its first and last value.
 */
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { element, setText } from "../element.js";
import { themeChanged } from "../shell/theme-switch.js";
import type { CurveFigure } from "./learning-curve.js";

/** As the style sheet has the place of every chart. */
const height = 150;

export class CurveChart {
  private chart: uPlot | undefined;
  private curve: CurveFigure | undefined;
  private readonly plot = element("div", { class: "plot", role: "img" });
  private readonly words = element("p", { class: "hint" });
  readonly root = element(
    "section",
    { class: "box chart", hidden: true },
    element("div", { class: "box-head" }, element("h3", {}, "Learning curve"), this.words),
    this.plot,
  );

  constructor() {
    new ResizeObserver(() => this.resize()).observe(this.plot);
    document.addEventListener(themeChanged, () => this.make());
  }

  show(curve: CurveFigure | undefined): void {
    this.curve = curve;
    this.root.hidden = curve === undefined;
    if (curve === undefined) return;
    setText(this.words, curve.summary);
    this.plot.setAttribute("aria-label", `Learning curve: ${curve.summary}`);
    const lines = seriesOf(curve);
    if (this.chart === undefined || this.chart.series.length !== lines) this.make();
    else this.chart.setData(dataOf(curve));
  }

  private make(): void {
    this.chart?.destroy();
    this.chart = undefined;
    const width = this.plot.clientWidth;
    if (this.curve === undefined || width === 0) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: colour("--muted"),
      font: "11px system-ui, sans-serif",
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const line = (label: string, number: number, scale: string): uPlot.Series => ({
      label,
      scale,
      stroke: colour(`--series-${number}`),
      width: 1.5,
      spanGaps: true,
      points: { size: 4 },
    });
    this.chart = new uPlot(
      {
        width,
        height,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        scales: { x: { time: false } },
        axes: [
          { ...axis, size: 26 },
          { ...axis, scale: "loss", size: 58 },
          { ...axis, scale: "score", size: 58, side: 1, grid: { show: false } },
        ],
        series: [
          { label: "Iteration" },
          line("Loss", 1, "loss"),
          line("Score", 2, "score"),
          ...shownFigures(this.curve).map(({ name }, at) => line(name, at + 3, name)),
        ],
      },
      dataOf(this.curve),
      this.plot,
    );
  }

  private resize(): void {
    if (this.chart === undefined) this.make();
    else if (this.plot.clientWidth > 0) this.chart.setSize({ width: this.plot.clientWidth, height });
  }
}

/** As many as there are colours left. */
function shownFigures({ figures }: CurveFigure): CurveFigure["figures"] {
  return figures.slice(0, 2);
}

function seriesOf(curve: CurveFigure): number {
  return 3 + shownFigures(curve).length;
}

function dataOf(curve: CurveFigure): uPlot.AlignedData {
  const further = shownFigures(curve).map(({ values }) => [...values]);
  return [[...curve.iterations], [...curve.losses], [...curve.scores], ...further];
}
